// Where a text stops being JSON, and why. The parser of Node says it in words that change from version to version, often
// without a place, and quotes what stands there, which may be a password that does not belong there.

/** What is wrong with a text that is not JSON. Quotes nothing of it. */
export type JsonFault = { readonly line: number; readonly what: string; readonly remedy: string };

type State = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'nothing';
type Scan = { at: number; state: State; readonly open: ('{' | '[')[] };

const blanks = /[ \t\r\n]*/y;
const string = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-f]{4})[^"\\\u0000-\u001f]*)*"/iy; // oxlint-disable-line no-control-regex -- JSON forbids them in strings
const plain = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w.+-])/iy;

/** The first fault, or a key that the outermost object has twice; undefined when there is neither. */
export function jsonFaultOf(text: string): JsonFault | undefined {
  const scan: Scan = { at: 0, state: 'value', open: [] };
  const keys = new Set<string>();
  for (;;) {
    scan.at += matched(blanks, text, scan.at)?.length ?? 0;
    if (scan.at === text.length) return scan.state === 'nothing' ? undefined : fault(text, scan, notJson(atEnd(text)));
    const key = scan.open.length === 1 && scan.state.startsWith('key') ? matched(string, text, scan.at) : undefined;
    if (key !== undefined && keys.size === keys.add(key).size) {
      return fault(text, scan, {
        what: 'has a setting for the second time',
        remedy: 'Take one of the two out.',
      });
    }
    if (!step(text, scan)) return fault(text, scan, notJson(whatStands(text, scan)));
  }
}

function matched(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** Takes one token; false when it may not stand there. */
function step(text: string, scan: Scan): boolean {
  const letter = text.charAt(scan.at);
  if (letter === '}' || letter === ']') return closed(scan, letter);
  switch (scan.state) {
    case 'nothing':
      return false;
    case 'colon':
      return letter === ':' && moved(scan, 1, 'value');
    case 'comma-or-end':
      return letter === ',' && moved(scan, 1, scan.open.at(-1) === '{' ? 'key' : 'value');
    case 'key':
    case 'key-or-end': {
      const key = matched(string, text, scan.at);
      return key !== undefined && moved(scan, key.length, 'colon');
    }
    default:
      return value(text, scan);
  }
}

function value(text: string, scan: Scan): boolean {
  const letter = text.charAt(scan.at);
  if (letter === '{' || letter === '[') {
    scan.open.push(letter);
    return moved(scan, 1, letter === '{' ? 'key-or-end' : 'value-or-end');
  }
  const token = matched(string, text, scan.at) ?? matched(plain, text, scan.at);
  return token !== undefined && moved(scan, token.length, afterValue(scan));
}

function closed(scan: Scan, letter: string): boolean {
  const mayEnd = scan.state === 'comma-or-end' || scan.state === (letter === '}' ? 'key-or-end' : 'value-or-end');
  if (!mayEnd || scan.open.at(-1) !== (letter === '}' ? '{' : '[')) return false;
  scan.open.pop();
  return moved(scan, 1, afterValue(scan));
}

const afterValue = ({ open }: Scan): State => (open.length === 0 ? 'nothing' : 'comma-or-end');

function moved(scan: Scan, by: number, state: State): true {
  scan.at += by;
  scan.state = state;
  return true;
}

type Told = Pick<JsonFault, 'what' | 'remedy'>;

const notJson = ({ what, remedy }: Told): Told => ({ what: `is not JSON: ${what}`, remedy });

function fault(text: string, { at }: Scan, told: Told): JsonFault {
  // Blanks before the end are no place to look at.
  const before = text.slice(0, at);
  return { line: (at === text.length ? before.trimEnd() : before).split(/\r\n|\n|\r/).length, ...told };
}

function atEnd(text: string): Told {
  return text.trim() === ''
    ? { what: 'the file is empty', remedy: 'Write { "tenantId": …, … } in it, or take the file away.' }
    : { what: 'the file ends in the middle', remedy: 'A bracket is missing, or the file was cut off.' };
}

function whatStands(text: string, { at, state }: Scan): Told {
  const rest = text.slice(at, at + 2);
  if (/^(?:\/[/*]|#)/.test(rest)) return { what: 'there is a comment', remedy: 'Take it out; JSON has no comments.' };
  if (/^['‘’“”„«»]/.test(rest)) {
    return { what: 'there is a quote of another kind', remedy: 'Use straight double quotes: "tenantId".' };
  }
  if (rest.startsWith('"')) return inString(text.slice(at), state);
  if (/^[}\]]/.test(rest) && (state === 'key' || state === 'value')) {
    return { what: 'a value is missing before a closing bracket', remedy: 'Take out the comma after the last entry.' };
  }
  if (/^[}\]]/.test(rest)) return { what: 'a bracket closes what is not open', remedy: 'Check { }, [ ] and quotes.' };
  if (state.startsWith('key')) return { what: 'a name has no quotes', remedy: 'Write names in double quotes.' };
  if (state === 'nothing') return { what: 'something follows the end', remedy: 'One { … } is the whole file.' };
  if (state === 'comma-or-end') return { what: 'a comma is missing', remedy: 'Put a comma between two entries.' };
  return { what: 'something else than JSON stands there', remedy: 'Check quotes, colons and commas.' };
}

function inString(text: string, state: State): Told {
  if (matched(string, text, 0) !== undefined) {
    return state === 'nothing'
      ? { what: 'something follows the end', remedy: 'One { … } is the whole file.' }
      : { what: 'a comma is missing', remedy: 'Put a comma between two entries.' };
  }
  const [line = ''] = text.split(/[\r\n]/, 1);
  return /\\(?!["\\/bfnrtu])|\\u(?![0-9a-f]{4})/i.test(line.replaceAll('\\\\', ''))
    ? { what: 'there is a single backslash', remedy: 'Write every backslash twice: "C:\\\\certs\\\\ca.pem".' }
    : { what: 'a quote is not closed on its line', remedy: 'Close it; a text cannot go over several lines.' };
}
