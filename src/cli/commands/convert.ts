import { Option } from 'commander';
import { convert, conversionLines } from '../../core/ids/conversions.ts';
import type { HexOrder } from '../../core/ids/guid-readers.ts';
import type { Context } from '../session/session.ts';
import { type CliCommand } from './command.ts';

export const cliCommand: CliCommand = {
  name: 'convert',
  argument: '<value...>',
  purpose: 'GUID text, immutable ID, hex bytes, PowerShell byte list: each from any.',
  options: [new Option('--hex <order>', 'what 32 bare hex digits are').choices(['text', 'raw'])],
  permissions: 'none; works offline.',
  example: 'hardmatch convert fcc7e67f-fec6-4a65-b821-2f40a292d185',
  action: (values, flags, context) => convertCommand(values, flags, context),
};

/** `hardmatch convert <value…>`, offline. 0 when every value could be read, else 1: one bad value costs no other. */
function convertCommand(values: readonly string[], flags: { readonly hex?: HexOrder }, context: Context): number {
  const conversions = values.map((value) => convert(value, flags.hex === undefined ? {} : { hex: flags.hex }));
  if (context.json) context.terminal.json(`${JSON.stringify(conversions, null, 2)}\n`);
  else context.terminal.out(`${conversions.map((one) => conversionLines(one).join('\n')).join('\n\n')}\n`);
  return conversions.every((one) => one.kind === 'value') ? 0 : 1;
}
