import { Fault } from '../foundation/fault.ts';
import { EngineCrash } from './crash.ts';
import type { EngineClient, TaskOptions } from './types.ts';

/**
 * Runs a task to its end although the engine process may die on the way: after each crash it is asked for again with
 * what is left, and the crash is reported as a progress note. Three crashes without a part between them are
 * taken as the input's fault.
 *
 * @param remaining gives the input for what is left, or undefined when nothing is
 * @returns the output of each run that ended by itself, which is one unless nothing was left
 */
export async function runResuming<Input, Output, Part>(
  engine: EngineClient,
  url: URL,
  remaining: () => Input | undefined,
  options: Omit<TaskOptions, 'onPart'> & {
    onPart: (part: Part) => void | Promise<void>;
    stage: string;
    /** Told of each crash that is gone on after. */
    onRestart?: (crash: EngineCrash) => void;
  },
): Promise<Output | undefined> {
  let fruitless = 0;
  for (;;) {
    const input = remaining();
    if (input === undefined) return undefined;
    let parts = 0;
    try {
      return await engine.run<Input, Output>(url, input, {
        signal: options.signal,
        onProgress: options.onProgress,
        onPart: async (part: never) => {
          await options.onPart(part);
          parts++;
        },
      });
    } catch (thrown) {
      if (!(thrown instanceof EngineCrash)) throw thrown;
      fruitless = parts > 0 ? 0 : fruitless + 1;
      if (fruitless >= 3) {
        throw new Fault(
          `${options.stage} was given up after three crashes at the same place. ${thrown.message}`,
        );
      }
      options.onRestart?.(thrown);
      options.onProgress?.({
        stage: options.stage,
        done: 0,
        unit: 'parts',
        note: `${thrown.message} It is started again and goes on with what is left.`,
      });
    }
  }
}
