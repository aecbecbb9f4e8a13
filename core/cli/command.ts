import type { Command as Commander } from 'commander';
import type { OnProgress } from '../foundation/progress.ts';

/** What a command may use while it runs. */
export interface CommandContext {
  /** True with --json: `text` of the outcome is not printed. */
  json: boolean;
  signal: AbortSignal;
  onProgress: OnProgress;
  /** A line for people on stderr (a warning, a reason); also printed with --json. */
  say(line: string): void;
}

/** What a command gives back: the JSON object (last line of stdout with --json) and the text for people. */
export interface Outcome {
  json: Record<string, unknown>;
  text: readonly string[];
  /** True when the work ran but did not succeed (exit code 1), e.g. `verify` that found problems. */
  failed?: boolean;
}

/** One file in commands/ exports one of these as `command`. */
export interface Command {
  /** Adds arguments and options to commander's command (its name and summary are already set). */
  configure(command: Commander): void;
  /** `options` are commander's, in camelCase: parse what you take. @throws UsageFault for wrong use. */
  run(
    positional: readonly string[],
    options: Readonly<Record<string, unknown>>,
    context: CommandContext,
  ): Promise<Outcome>;
}
