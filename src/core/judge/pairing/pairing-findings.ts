import type { Finding } from '../../reasons.ts';
import { foldKey } from '../../references.ts';
import type { Elsewhere, Pair, PairVerdict } from './judge-pair.ts';
import type { LooksShifted, Shift } from './find-shift.ts';
import type { PairSide } from './side.ts';

/** The verdict on a pairing as a finding that names both sides, and whoever else is meant. */
export function findingOf({ code, evidence, isOfUnusualDomains, inCloud, inAd }: PairVerdict, pair: Pair): Finding {
  const sides = { ad: nameOf(pair.ad), cloud: nameOf(pair.cloud) };
  if (code === 'pairing-nothing-in-common') return { code, facts: sides };
  const others = elsewhere({ inCloud, inAd });
  if (code === 'pairing-contradicted') return { code, facts: { ...sides, others: others.join(', and ') } };
  const why = [
    ...(evidence.employeeId === 'differs'
      ? [`the employee numbers differ (${pair.ad.employeeId ?? ''}, ${pair.cloud.employeeId ?? ''})`]
      : []),
    ...others,
    ...(evidence.names.differs === 'none' ? [] : [`the ${differing[evidence.names.differs]} differ`]),
    ...(isOfUnusualDomains ? ['hardly any other row goes from the one domain to the other'] : []),
  ];
  return {
    code,
    facts: { ...sides, why: why.length > 0 ? why.join('; ') : 'their names do not show that they are one person’s' },
  };
}

const differing = { surname: 'surnames', given: 'given names', generation: 'generations', both: 'names' } as const;

function elsewhere({ inCloud, inAd }: Pick<PairVerdict, 'inCloud' | 'inAd'>): string[] {
  const belongs = (one: Elsewhere | null, where: string): string[] =>
    one === null ? [] : [`${one.address} is ${nameOf(one.user.side, one.address)} ${where}`];
  return [...belongs(inCloud, 'in the cloud'), ...belongs(inAd, 'in AD')];
}

/** As people know it: the display name, and what tells namesakes apart, unless that was said already. */
function nameOf({ displayName, upn, mail, accountNames }: PairSide, said = ''): string {
  const handle = upn ?? mail ?? accountNames[0] ?? null;
  if (displayName === null || displayName.trim() === '') return handle ?? 'a user without a name';
  return handle === null || foldKey(handle) === said ? displayName : `${displayName} (${handle})`;
}

/** What the doubted rows say of the file, as a finding for the whole run. */
export function shiftFinding({ doubted, judged, shifts, fitsElsewhere, sortedAlone }: LooksShifted): Finding {
  const how =
    shifts.length > 0
      ? shifts.slice(0, shiftsShown).map(shiftText).join('; ')
      : sortedAlone !== null
        ? `among them the ${sortedAlone === 'ad' ? 'AD' : 'cloud'} column is in order by itself and the other is not, as if it had been sorted alone`
        : `${fitsElsewhere} of them fit the cloud user of another such row`;
  return { code: 'pairings-look-shifted', facts: { doubted: String(doubted), judged: String(judged), how } };
}

const shiftsShown = 3;

function shiftText({ fromLine, toLine, by, rows }: Shift): string {
  const lines = Math.abs(by) === 1 ? 'the line' : `${Math.abs(by)} lines`;
  const side = by > 0 ? 'below' : 'above';
  return `in lines ${fromLine} to ${toLine}, ${rows} AD users fit the cloud user of ${lines} ${side}`;
}
