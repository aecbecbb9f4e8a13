import { faceRanges } from '../foundation/face-ranges.ts';
import { Cancelled, sentenceOf } from '../foundation/fault.ts';
import type { WorkOptions } from '../foundation/progress.ts';
import type { ProjectStore } from '../project/store.ts';

/** What a job of a project takes beside its input. */
export interface JobOptions extends WorkOptions {
  /** The project's record of this job, where the caller (the window's job queue) began it and will write its end. */
  job?: number;
}

/** Items of a list in a result (rejects, missed faces) that are remembered; their number stands beside them. */
const LISTED = 100;

/** A job's input as the project remembers it: a list of faces as ranges, which JSON would otherwise spell out number by number. */
export function rememberedInput(input: object): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(input, (_key, value: unknown) =>
      value instanceof Int32Array ? { count: value.length, ranges: faceRanges(value) } : value,
    ),
  ) as Record<string, unknown>;
}

/** A job's result as the project remembers it: long lists are cut. */
export const rememberedResult = (result: object): Record<string, unknown> =>
  JSON.parse(
    JSON.stringify(result, (_key, value: unknown) =>
      Array.isArray(value) && value.length > LISTED && typeof value[0] === 'object'
        ? value.slice(0, LISTED)
        : value,
    ),
  ) as Record<string, unknown>;

/**
 * Runs work as a job of the project: its input, end, device and problem are remembered, once. Where the caller has a
 * record of it already, or the project cannot be written, only the work is done.
 */
export async function recorded<Result extends object>(
  project: ProjectStore,
  kind: string,
  input: object,
  options: JobOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  if (options.job !== undefined || project.readOnly) return work();
  const job = project.beginJob(kind, rememberedInput(input));
  try {
    const result = await work();
    const device = 'device' in result && typeof result.device === 'string' ? result.device : null;
    project.endJob(job, { state: 'done', result: rememberedResult(result), problem: null, device });
    return result;
  } catch (thrown) {
    const cancelled = thrown instanceof Cancelled;
    project.endJob(job, {
      state: cancelled ? 'cancelled' : 'failed',
      result: null,
      problem: cancelled ? null : sentenceOf(thrown),
      device: null,
    });
    throw thrown;
  }
}
