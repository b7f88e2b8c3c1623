// Faults of the sandbox as a whole: one script for both servers, changed from outside, and certificates nobody may accept.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { certificateFlaws } from '../../src/sandbox/http/certificate-flaws.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts';
import { cast } from './tenant-client.ts';

async function started(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox(cast(), options);
  onTestFinished(() => sandbox.close());
  return sandbox;
}

type Answer = {
  readonly status: number;
  readonly json: { readonly script: unknown; readonly counts: unknown; readonly error: string };
};

function practice({ tenant, caFile }: Sandbox, method: string, body = ''): Promise<Answer> {
  return new Promise((done, fail) => {
    const url = `${tenant.url}/_practice/faults`;
    const outgoing = request(url, { method, ca: readFileSync(caFile), agent: false }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (part: string) => (text += part));
      incoming.on('end', () =>
        done({ status: incoming.statusCode ?? 0, json: (text === '' ? {} : JSON.parse(text)) as Answer['json'] }),
      );
    });
    outgoing.on('error', fail);
    outgoing.end(body);
  });
}

const everythingFails = {
  rules: [
    { name: 'Graph', on: { kind: 'graph' }, do: { kind: 'reset' } },
    { name: 'sign-in', on: { kind: 'sign-in' }, do: { kind: 'reset' } },
    { name: 'AD', on: { kind: 'directory', request: 'connect' }, do: { kind: 'reset' } },
  ],
} as const satisfies SandboxOptions['faults'];

describe('/_practice/faults', () => {
  it('shows, replaces and ends faults, and is struck by none', async () => {
    const sandbox = await started({ faults: everythingFails });
    expect(await practice(sandbox, 'GET')).toMatchObject({
      status: 200,
      json: { script: everythingFails, counts: [{ strikes: 0 }, { strikes: 0 }, { strikes: 0 }] },
    });
    const script = { mix: { share: 0.2 } };
    const posted = await practice(sandbox, 'POST', JSON.stringify(script));
    expect(posted).toMatchObject({ status: 200, json: { script } });
    expect(sandbox.faults.script()).toEqual(script);
    expect((await practice(sandbox, 'DELETE')).json).toEqual({ script: {}, counts: [] });
  });

  it('refuses a script that cannot be used, and goes on with the one it has', async () => {
    const sandbox = await started({ faults: everythingFails });
    const bad = { rules: [{ on: { kind: 'graph' }, do: { kind: 'delay', ms: 'long' } }] };
    const answer = await practice(sandbox, 'POST', JSON.stringify(bad));
    expect(answer.status).toBe(400);
    expect(answer.json.error).toMatch(/^rule 1, do\.ms: /);
    expect((await practice(sandbox, 'POST', 'faults')).status).toBe(400);
    expect((await practice(sandbox, 'PUT')).status).toBe(405);
    expect(sandbox.faults.script()).toEqual(everythingFails);
  });

  it("is there whatever a test's own hook does to other requests", async () => {
    const sandbox = await started();
    sandbox.tenant.hooks.onRequest = ({ path }) => (path.startsWith('/_practice/') ? undefined : 'reset-before');
    expect((await practice(sandbox, 'GET')).status).toBe(200);
  });
});

it('names all controllers in its environment', async () => {
  const { directory, environment } = await started({ directory: { controllers: 2 } });
  expect(environment['HARDMATCH_AD_URL']).toBe(directory.controllers.map(({ ldapsUrl }) => ldapsUrl).join(','));
  expect(new Set(directory.controllers.map(({ ldapsUrl }) => ldapsUrl)).size).toBe(2);
});

it('rejects a script that cannot be used', async () => {
  await expect(startSandbox(cast(), { faults: { mix: { share: 2 } } })).rejects.toThrow(/mix\.share/);
});

/** What a client that knows the sandbox's CA says of a server: an error's code, or nothing. */
function verdictOn(url: string, caFile: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((done) => {
    const socket = connect({ host: hostname, port: Number(port), ca: readFileSync(caFile) }, () => {
      socket.destroy();
      done('');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
  });
}

const codes = {
  expired: 'CERT_HAS_EXPIRED',
  'wrong-host': 'ERR_TLS_CERT_ALTNAME_INVALID',
  'unknown-ca': 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
} as const;

describe('certificates', () => {
  it.each(certificateFlaws)('%s: of either server, the other staying good', async (flaw) => {
    for (const flawed of ['directory', 'tenant'] as const) {
      const { directory, tenant, caFile } = await started({ certificates: { [flawed]: flaw } });
      const verdicts = {
        directory: await verdictOn(directory.ldapsUrl, caFile),
        tenant: await verdictOn(tenant.url, caFile),
      };
      expect(verdicts).toEqual({ directory: '', tenant: '', [flawed]: codes[flaw] });
    }
  });
});
