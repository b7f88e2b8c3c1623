/** What can be wrong with a file that is to be read as CSV. */
export type CsvTrouble =
  | 'other-binary'
  | 'other-text'
  | 'foreign-encoding'
  | 'other-mark'
  | 'utf-16-unmarked'
  | 'zero-bytes'
  | 'zero-byte'
  | 'bad-byte'
  | 'separator'
  | 'empty'
  | 'quote-not-closed'
  | 'text-after-quote'
  | 'quote-within'
  | 'record-too-long';

/** The file cannot be read as CSV. Who reads it has the words: `detail` is what a sentence about the trouble names. */
export class CsvFault extends Error {
  readonly trouble: CsvTrouble;
  readonly detail: string;
  /** Where it is; none where the file as a whole is meant. */
  readonly line: number | undefined;
  constructor(trouble: CsvTrouble, more: { detail?: string; line?: number; cause?: unknown } = {}) {
    super(trouble, { cause: more.cause });
    this.name = 'CsvFault';
    this.trouble = trouble;
    this.detail = more.detail ?? '';
    this.line = more.line;
  }
}
