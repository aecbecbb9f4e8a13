import { Fault } from '../foundation/fault.ts';

/** How a process ended: one of the two is set. */
export interface Exit {
  code: number | null;
  signal: string | null;
}

function cause(exit: Exit): string {
  if (exit.signal === 'SIGKILL')
    return "it was killed (SIGKILL: by a person, or by the system's lack of memory)";
  if (exit.signal !== null) return `it was ended by the signal '${exit.signal}'`;
  return `it exited with code ${exit.code ?? 'unknown'}`;
}

/** The engine process died while it worked. What it had handed over is kept; the next use starts a new process. */
export class EngineCrash extends Fault {
  override name = 'EngineCrash';
  readonly exit: Exit;
  /** The last lines that the process wrote to stderr, oldest first. */
  readonly stderr: readonly string[];

  constructor(exit: Exit, stderr: readonly string[]) {
    const last = stderr.length > 0 ? ` Its last words: '${stderr.slice(-5).join(' | ')}'.` : '';
    super(`The engine process ended in the middle of its work: ${cause(exit)}.${last}`);
    this.exit = exit;
    this.stderr = stderr;
  }
}
