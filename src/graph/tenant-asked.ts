import { guidFromText } from '../core/guid.ts';
import type { TenantInfo } from '../run/ports.ts';
import { toDomain, toTenantInfo } from './bulk/convert-tenant.ts';
import type { BulkTools } from './bulk/read-mode.ts';
import { select } from './bulk/odata.ts';
import { readList, settleAll } from './bulk/pages.ts';
import { domainCheck } from './preflight.ts';
import { unlessRefused } from './bulk/refusals.ts';

/** Which tenant the settings ask for. */
export type AskedTenant = {
  /** A GUID, or a domain. */
  readonly tenantId: string;
  /** The token at hand. */
  readonly token: () => Promise<string>;
};

/**
 * The tenant that answers, and with `asked` where it is another one than asked for. Asked for by a domain it is the one
 * that has this domain; where domains may not be read, the one that the token is for. Throws a Failure.
 */
export async function describeTenant(tools: BulkTools, asked: AskedTenant): Promise<TenantInfo> {
  const path = `/organization?${select(['id', 'displayName'])}`;
  const organization = async (): Promise<TenantInfo> =>
    toTenantInfo(await tools.gather({ path, needs: 'Organization.Read.All' }));
  const id = guidFromText(asked.tenantId);
  if (id !== undefined) return told(await organization(), asked, (found) => found.id === id);
  const [tenant, { value: domains }] = await settleAll([
    organization(),
    unlessRefused(domainCheck, tools.log, () =>
      readList({ path: '/domains', needs: domainCheck.needs }, tools, toDomain),
    ),
  ]);
  const wanted = asked.tenantId.toLowerCase();
  if (domains !== null) return told(tenant, asked, () => domains.some(({ name }) => name === wanted));
  const claimed = tenantOf(await asked.token());
  // Without either nothing is known against it.
  return told(tenant, asked, (found) => claimed === undefined || claimed === found.id);
}

function told(tenant: TenantInfo, asked: AskedTenant, isAsked: (found: TenantInfo) => boolean): TenantInfo {
  return isAsked(tenant) ? tenant : { ...tenant, asked: asked.tenantId };
}

/** The `tid` of a token in the form of a JWT. It is not verified: whoever gave it is who has been trusted with the secret. */
function tenantOf(token: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const tid: unknown = typeof claims === 'object' && claims !== null ? Reflect.get(claims, 'tid') : undefined;
    return typeof tid === 'string' ? guidFromText(tid) : undefined;
  } catch {
    return undefined;
  }
}
