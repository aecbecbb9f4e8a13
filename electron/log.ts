import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const MOST_BYTES = 1_000_000;

/** Writes defects down beside the user's settings, because a desktop program has no terminal. Keeps one earlier file. */
export function logTo(
  file: string,
  now: () => Date = () => new Date(),
): (thrown: unknown, where: string) => void {
  return (thrown, where) => {
    const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    try {
      mkdirSync(dirname(file), { recursive: true });
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MOST_BYTES) renameSync(file, `${file}.1`);
      appendFileSync(file, `${now().toISOString()} ${where}: ${text}\n`);
    } catch {
      // A full disk must not turn a note into another failure.
    }
  };
}
