import { clean } from './cells.ts';
import { inputFault, type Place } from './faults.ts';

/** Which columns were named with `--columns`. */
export type ToldColumns = { readonly ad?: string; readonly cloud?: string };

/** Where things stand in a record. `extra` are the places carried along, `extraNames` what reports call them. */
export type Columns = {
  readonly count: number;
  readonly ad: number;
  readonly cloud: number;
  readonly claim: number | null;
  readonly extra: readonly number[];
  readonly extraNames: readonly string[];
  /** Places without a name in the header; they must stay empty. */
  readonly unnamed: readonly number[];
};

type Side = 'ad' | 'cloud';
type Named = { readonly name: string; readonly folded: string; readonly place: number };

const canonical: Readonly<Record<Side, string>> = { ad: 'ad_user', cloud: 'cloud_user' };
const aliases: Readonly<Record<Side, readonly string[]>> = {
  ad: ['ad', 'ad_identity', 'SamAccountName', 'DistinguishedName', 'ObjectGUID'],
  cloud: ['cloud', 'o365_user', 'm365_user', 'UserPrincipalName', 'cloud_upn', 'ObjectId'],
};
const sideNames: Readonly<Record<Side, string>> = { ad: 'the AD user', cloud: 'the cloud user' };

// The columns the report CSVs begin with. An extra column of the same name is carried as `input_<name>`: two columns of
// one name cannot be told apart in Excel, and PowerShell's Import-Csv refuses the file.
const reportColumns = new Set(
  (
    'line ad_user cloud_user state step reasons ad_dn ad_object_guid source_anchor immutable_id cloud_object_id cloud_upn ' +
    'before after warnings remedy outcome attempts request_id finished_at detail verdict expected_immutable_id ' +
    'actual_immutable_id checked_at'
  ).split(' '),
);

const fold = (name: string): string => name.toLowerCase().replaceAll(/[\s_-]/g, '');

/** Finds the columns by the header's names. Throws the RunFault for a header that has none, too few or too many. */
export function findColumns(header: readonly string[], told: ToldColumns, at: Place): Columns {
  const all = header.map((cell, place) => ({ name: clean(cell), folded: fold(clean(cell)), place }));
  const named = all.filter(({ name }) => name !== '');
  refuseDoubles(named, at);
  const toldAd = told.ad === undefined ? undefined : toldColumn(named, told.ad, { side: 'ad', at });
  const toldCloud = told.cloud === undefined ? undefined : toldColumn(named, told.cloud, { side: 'cloud', at });
  // A column told for one side is not looked at for the other.
  const free = named.filter((column) => column !== toldAd && column !== toldCloud);
  const ad = toldAd ?? known(free, 'ad', at);
  const cloud = toldCloud ?? known(free, 'cloud', at);
  if (!ad || !cloud) throw missing(header, { ad, cloud }, at);
  const claim = claimOf(
    free.filter((column) => column !== ad && column !== cloud),
    at,
  );
  const extra = named.filter((column) => column !== ad && column !== cloud && column !== claim);
  return {
    count: header.length,
    ad: ad.place,
    cloud: cloud.place,
    claim: claim?.place ?? null,
    extra: extra.map(({ place }) => place),
    extraNames: reportNames(extra.map(({ name }) => name)),
    unnamed: all.filter(({ name }) => name === '').map(({ place }) => place),
  };
}

/** The canonical column, else the one alias there is. */
function known(columns: readonly Named[], side: Side, at: Place): Named | undefined {
  const exact = columns.filter(({ folded }) => folded === fold(canonical[side]));
  const found =
    exact.length > 0 ? exact : columns.filter(({ folded }) => aliases[side].some((name) => fold(name) === folded));
  if (found.length > 1) {
    throw inputFault('input-header', at, {
      what: `several columns could be ${sideNames[side]}: ${quoted(found.map(({ name }) => name))}`,
      hint: `Say which one: --columns ${side}=${found[0]?.name ?? '<name>'}`,
    });
  }
  return found[0];
}

function toldColumn(columns: readonly Named[], name: string, ask: { side: Side; at: Place }): Named {
  const wanted = clean(name);
  const exact = columns.find((column) => column.name === wanted);
  const alike = columns.filter(({ folded }) => folded === fold(wanted));
  const found = exact ?? (alike.length === 1 ? alike[0] : undefined);
  if (found) return found;
  throw inputFault('input-header', ask.at, {
    what: `--columns names ${quoted([name])}, which ${alike.length > 1 ? 'fits several columns' : 'is no column of this file'}`,
    hint: `The columns are ${quoted(columns.map((column) => column.name))}.`,
  });
}

function claimOf(columns: readonly Named[], at: Place): Named | undefined {
  const found = columns.filter(({ folded }) => folded === fold('immutable_id'));
  if (found.length < 2) return found[0];
  throw inputFault('input-header', at, {
    what: `several columns claim the immutable ID: ${quoted(found.map(({ name }) => name))}`,
    hint: 'Rename the one that is not meant.',
  });
}

function refuseDoubles(columns: readonly Named[], at: Place): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    const key = name.toLowerCase();
    if (seen.has(key)) {
      throw inputFault('input-header', at, {
        what: `the column ${quoted([name])} occurs twice`,
        hint: 'Rename or remove one of the two.',
      });
    }
    seen.add(key);
  }
}

function missing(header: readonly string[], found: Record<Side, Named | undefined>, at: Place): Error {
  const sides = (['ad', 'cloud'] as const).filter((side) => !found[side]);
  const what = `no column for ${sides.map((side) => sideNames[side]).join(' and none for ')} among ${quoted(header.map(clean))}`;
  const [only = ''] = header;
  const hasPipes = header.length === 1 && only.includes('|');
  const looksLikeData = sides.length === 2 && header.some((cell) => /@|^\{?[0-9a-f]{8}-/i.test(cell));
  return inputFault('input-header', at, {
    what: looksLikeData ? `there is no header; the file begins with data` : what,
    hint: looksLikeData
      ? 'Put a first line with the names of the columns: ad_user,cloud_user'
      : hasPipes
        ? 'Save the file with commas, semicolons or tabs.'
        : `Use the ${sides.length === 1 ? 'name' : 'names'} ${sides.map((side) => canonical[side]).join(' and ')}, or say --columns ${sides.map((side) => `${side}=<name>`).join(',')}`,
  });
}

function reportNames(names: readonly string[]): string[] {
  const taken = new Set(names.map((name) => name.toLowerCase()).filter((name) => !reportColumns.has(name)));
  return names.map((name) => {
    if (!reportColumns.has(name.toLowerCase())) return name;
    let carried = `input_${name}`;
    for (let count = 2; taken.has(carried.toLowerCase()); count++) carried = `input_${name}_${count}`;
    taken.add(carried.toLowerCase());
    return carried;
  });
}

// A header of a hundred columns would hide the sentence; ten show what kind of file it is.
function quoted(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => `"${name.slice(0, 60)}"`);
  return shown.join(', ') + (names.length > 10 ? ` and ${names.length - 10} more` : '');
}
