// Controls, directional marks, zero-width and no-break characters, line and paragraph separators, lone surrogates. Pasted
// along with a name they are what makes it "not found"; a directional override can also make a name read as another
// (Unicode TR 36, 3.1), and an escape character can drive the terminal.
// oxlint-disable no-control-regex, no-misleading-character-class -- finding control and combining characters is the point
const hidden =
  /[\u0000-\u001f\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e01ef}\u{13430}-\u{1343f}]|\p{Default_Ignorable_Code_Point}|\p{Cs}/gu;
// oxlint-enable no-control-regex, no-misleading-character-class

/** A JSON text with each such character as `\\uXXXX`, which means the same; line breaks between its parts stay. */
export function escapedInJson(json: string): string {
  return json.replaceAll(hidden, (character) =>
    character === '\n'
      ? character
      : [...Array(character.length).keys()]
          .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
          .join(''),
  );
}

/** The text with every character that would hide or reorder text written out, e.g. `⟨U+202E⟩`; line breaks become `↵`. */
export function visible(text: string): string {
  return text.replaceAll(/\r\n?|\n/g, '↵').replaceAll(hidden, writtenOut);
}

/** As `visible`, for a cell of a CSV file, which may have line breaks: CR LF and LF stay. */
export function visibleInCell(text: string): string {
  return text
    .split(/(\r?\n)/)
    .map((part, at) => (at % 2 === 1 ? part : part.replaceAll(hidden, writtenOut)))
    .join('');
}

function writtenOut(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}
