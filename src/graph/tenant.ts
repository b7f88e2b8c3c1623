// graph/: the tenant, through Microsoft Graph. Start here.
//   http/      the one way out, one request on it, and the judge of what went wrong
//   sign-in/   tokens, from a secret or certificate
//   bulk/      many answers at once: batches, listings, filters; and the only reader of their JSON
//   users/     finds users, holders and addresses in bulk; reads users by id
//   reader     the port for reading        writer         the port for writing
//   preflight  the tenant as a whole, with roles and role-holdings (pure)
//   clouds     where sign-in and Graph are     tenant-asked   whether it is the tenant that was asked for
import { RunFault } from '../core/failure.ts';
import type { Clock, Log, RequestCounts, Retry, TenantReader, TenantWriter } from '../run/ports.ts';
import { type GraphClient, openClient } from './http/client.ts';
import { type Cloud, endpointsOf } from './http/clouds.ts';
import type { ReadMode } from './bulk/read-mode.ts';
import { runFaultOf } from './http/failures.ts';
import { type HttpOptions, openHttp } from './http/http.ts';
import { openReader } from './reader.ts';
import { type Application, applicationTokens } from './sign-in/sign-in.ts';
import type { TokenSource } from './http/token-source.ts';
import { openWriter } from './writer.ts';

export type TenantSettings = Application & {
  /** Applications that write beside the first: each has a quota of its own. The first alone reads. */
  readonly others?: readonly (Omit<Application, 'tenantId'> & {
    /** What the names of its settings end in. */
    readonly number: number;
  })[];
  readonly cloud: Cloud;
  /** Own endpoints in place of the cloud's; https, without version or tenant. */
  readonly graphUrl?: string;
  readonly authorityHost?: string;
};

export type TenantTools = {
  readonly clock: Clock;
  readonly log: Log;
  /** For reads; a write is sent once, and repeating it is the caller's. */
  readonly retry: Retry;
  readonly http?: HttpOptions;
  /** Aborted when the run is over: every request under way is given up, sign-in's too, and none is sent any more. */
  readonly signal?: AbortSignal;
  /** Batches of reads under way at the same time; default 4. */
  readonly batchesInFlight?: number;
  /** Default: whichever is estimated to be faster. */
  readonly surveyMode?: ReadMode;
};

/** A signed-in tenant. Whoever plans is handed `reader` alone; `openWriters` is for apply. */
export type Tenant = {
  readonly reader: TenantReader;
  /** One for each application, the first first. */
  readonly openWriters: () => readonly [TenantWriter, ...TenantWriter[]];
  /** Drops all connections; what is under way is given up, as at the end of the run. */
  readonly close: () => Promise<void>;
};

type Signed = { readonly client: GraphClient; readonly id: string; readonly tokens: TokenSource };

/** Signs in with every application, so that a wrong secret is known before anything is done. Throws a RunFault with a hint. */
export async function openTenant(settings: TenantSettings, tools: TenantTools): Promise<Tenant> {
  const { graphUrl, authorityHost, tenantId, others = [] } = settings;
  const endpoints = endpointsOf(settings.cloud, {
    ...(graphUrl === undefined ? {} : { graphUrl }),
    ...(authorityHost === undefined ? {} : { authorityHost }),
  });
  const http = openHttp({ ...tools.http, ...(tools.signal === undefined ? {} : { signal: tools.signal }) });
  const signedIn = async (application: Application): Promise<Signed> => {
    const tokens = applicationTokens(application, endpoints, { http, clock: tools.clock });
    await tools.retry(() => tokens.token());
    const client = openClient(endpoints.graphUrl, { http, tokens, clock: tools.clock, log: tools.log });
    return { client, id: application.clientId, tokens };
  };
  try {
    const first = await signedIn(settings);
    const further: Signed[] = [];
    for (const { number, clientId, credential } of others) {
      const opened = signedIn({ tenantId, clientId, credential, number });
      further.push(await opened.catch((error: unknown) => Promise.reject(ofApplication(error, { number, clientId }))));
    }
    const reader = openReader(
      {
        client: first.client,
        retry: tools.retry,
        clock: tools.clock,
        log: tools.log,
        inFlight: tools.batchesInFlight ?? 4,
        ...(tools.surveyMode === undefined ? {} : { mode: tools.surveyMode }),
      },
      { tenantId, token: () => first.tokens.token() },
    );
    return {
      reader: { ...reader, counts: () => sumOf([first, ...further]) },
      openWriters: () => [writerOf(first), ...further.map(writerOf)],
      close: () => http.close(),
    };
  } catch (error) {
    await http.close();
    throw runFaultOf(error);
  }
}

/** Where there are several applications, a sentence has to say which one could not sign in. */
function ofApplication(
  error: unknown,
  { number, clientId }: { readonly number: number; readonly clientId: string },
): unknown {
  const fault = runFaultOf(error);
  if (!(fault instanceof RunFault)) return fault;
  const hint = `This is application ${number}, ${clientId}, whose settings end in ${number}. ${fault.hint}`;
  return new RunFault(fault.code, fault.message, { hint, exitCode: fault.exitCode, cause: fault });
}

const writerOf = ({ client, id }: Signed): TenantWriter => openWriter(client, id);

function sumOf(signed: readonly Signed[]): RequestCounts {
  const all = signed.map(({ client }) => client.counts());
  const sum = (name: keyof RequestCounts): number => all.reduce((total, one) => total + one[name], 0);
  return { graph: sum('graph'), graphWrites: sum('graphWrites'), graphThrottled: sum('graphThrottled') };
}
