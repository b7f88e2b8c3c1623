import { RunFault } from '../../core/failure.ts';
import { sentenceOf } from '../../core/reasons.ts';
import { tenantFindings } from '../../run/plan/preflight.ts';
import type { TenantInfo, TenantReader } from '../../run/ports.ts';
import { optionText } from '../../report/command-line.ts';

/**
 * The same reader, whose `describe` refuses a tenant that is another one than asked for, unless it is confirmed by its name.
 * Every command asks that before it uses anything of the tenant. The fault has exit code 3.
 */
export function refusingOthers(reader: TenantReader, confirmed: string | null): TenantReader {
  return {
    ...reader,
    async describe() {
      const tenant = await reader.describe();
      const [finding] = tenantFindings(tenant);
      if (finding === undefined || isConfirmed(tenant, confirmed)) return tenant;
      throw new RunFault('tenant-differs', sentenceOf(finding), {
        hint: `Check --tenant-id (AZURE_TENANT_ID), --cloud and --graph-url. If it is the right one all the same: ${optionText(['--confirm-tenant', nameOf(tenant)])}`,
        exitCode: 3,
      });
    },
  };
}

/** What it is confirmed by: one that has no name has its id. */
function nameOf({ id, name }: TenantInfo): string {
  return folded(name) === '' ? id : name;
}

function isConfirmed(tenant: TenantInfo, confirmed: string | null): boolean {
  return confirmed !== null && folded(confirmed) === folded(nameOf(tenant));
}

// What is pasted from a screen may have lost the blanks at its ends, and how accents are made up.
function folded(name: string): string {
  return name.normalize('NFC').replaceAll(/\s+/g, ' ').trim().toLowerCase();
}
