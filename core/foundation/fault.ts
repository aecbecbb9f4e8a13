import { type DiskDoing, diskSentence, type SystemError } from './disk-words.ts';

/**
 * A failure that a user can act on. The message is a whole sentence that quotes the value, says where it stands
 * and what is allowed; it is shown without a stack. Anything else that is thrown is a defect of ours.
 */
export class Fault extends Error {
  override name = 'Fault';
}

/** The command line or a request was used wrongly (exit code 2). */
export class UsageFault extends Fault {
  override name = 'UsageFault';
}

/** What the system answered where a file was to be read or written: full, read-only, missing, … */
export class DiskFault extends Fault {
  override name = 'DiskFault';
  /** The system's word, such as 'ENOSPC'. */
  readonly code: string;
  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/** The work was cancelled by its user; not an error to report. */
export class Cancelled extends Error {
  override name = 'Cancelled';
  constructor(message = 'Cancelled.') {
    super(message);
  }
}

/** The sentence to show for anything that was thrown. */
export function sentenceOf(thrown: unknown): string {
  return diskFault(thrown)?.message ?? (thrown instanceof Error ? thrown.message : String(thrown));
}

/**
 * What the file system said, in words; undefined for anything else. A Fault is told already.
 * @param path what its user named, where that is not what the system met (a '.partial' beside it)
 * @param after what became of the work, as a sentence
 */
export function diskFault(
  thrown: unknown,
  path?: string,
  doing?: DiskDoing,
  after?: string,
): DiskFault | undefined {
  if (thrown instanceof Fault || !(thrown instanceof Error)) return undefined;
  const sentence = diskSentence(thrown as SystemError, path, doing);
  if (sentence === undefined) return undefined;
  const { code = '' } = thrown as SystemError;
  const told = new DiskFault(after === undefined ? sentence : `${sentence} ${after}`, code);
  told.cause = thrown;
  return told;
}
