import { win32 } from 'node:path';

// Devices of DOS, which still are in every folder, whatever follows a dot (Windows: "Naming Files, Paths, and Namespaces").
const device = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])$/i;
// oxlint-disable-next-line no-control-regex -- Windows allows none of them in a name
const unallowed = /[<>:"|?*\u0000-\u001f]/;

/**
 * Why Windows makes no folder of this path, or one by another name than was given: the end of a sentence. Null where it does.
 * Each part of the path counts; a drive or share in front of it is none.
 */
export function whyNotOnWindows(path: string): string | null {
  const { root } = win32.parse(path);
  // `a:b` is the file b wherever somebody last was on drive A: not what anybody means by a name.
  const rest = /^[a-z]:$/i.test(root) ? path : path.slice(root.length);
  const parts = rest.split(/[/\\]/);
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..') continue;
    const [stem = ''] = part.split('.', 1);
    if (device.test(stem.trimEnd())) return `"${part}" is the name of a device in Windows`;
    const letter = unallowed.exec(part)?.[0];
    if (letter !== undefined) return `"${part}" has ${told(letter)} in it, which Windows allows in no name`;
    if (/[. ]$/.test(part))
      return `"${part}" ends in a ${part.endsWith('.') ? 'dot' : 'blank'}, which Windows takes off`;
  }
  return null;
}

function told(letter: string): string {
  return letter < ' ' ? 'a control character' : letter;
}
