import { configDefaults, defineConfig, mergeConfig } from 'vitest/config';
import usual from './vitest.config.ts';

// For `npm run test:mutants`: every mutant runs the tests that come near it, so these have to take moments. Left out is what
// spawns programs, starts servers over TLS, or draws hundreds of worlds; `npm test` runs it all the same.
export default mergeConfig(
  usual,
  defineConfig({
    test: {
      exclude: [
        ...configDefaults.exclude,
        'test/{ad,architecture,cli,config,e2e,input,log,report,samba,sandbox}/**',
        'test/core/bulk/packed*.test.ts',
        'test/run/plan/beta.test.ts',
        'test/run/apply/{detour-on-tenant,troubled-runs}.test.ts',
        'test/storage/{damage/fuzz,lock/lock-crashes}.test.ts',
        'test/graph/!(reader-writer).test.ts',
        'test/graph/{bulk,users,sign-in}/**',
        'test/graph/http/!(client).test.ts',
      ],
    },
  }),
);
