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

/** The work was cancelled by its user; not an error to report. */
export class Cancelled extends Error {
  override name = 'Cancelled';
  constructor(message = 'Cancelled.') {
    super(message);
  }
}

/** The sentence to show for anything that was thrown. */
export function sentenceOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return String(thrown);
}
