import { convert, conversionLines } from '../../core/ids/conversions.ts';
import type { HexOrder } from '../../core/ids/guid-readers.ts';
import type { Context } from '../session/session.ts';

/** `hardmatch convert <value…>`, offline. 0 when every value could be read, else 1: one bad value costs no other. */
export function convertCommand(
  values: readonly string[],
  flags: { readonly hex?: HexOrder },
  context: Context,
): number {
  const conversions = values.map((value) => convert(value, flags.hex === undefined ? {} : { hex: flags.hex }));
  if (context.json) context.terminal.json(`${JSON.stringify(conversions, null, 2)}\n`);
  else context.terminal.out(`${conversions.map((one) => conversionLines(one).join('\n')).join('\n\n')}\n`);
  return conversions.every((one) => one.kind === 'value') ? 0 : 1;
}
