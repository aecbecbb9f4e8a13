import { Cancelled, sentenceOf } from '../foundation/fault.ts';
import type { ProjectStore } from '../project/store.ts';

/** Runs work as a job of the project: its input, end, device and problem are remembered. */
export async function recorded<Result extends object>(
  project: ProjectStore,
  kind: string,
  input: object,
  work: () => Promise<Result>,
): Promise<Result> {
  const job = project.beginJob(kind, { ...input });
  try {
    const result = await work();
    const device = 'device' in result && typeof result.device === 'string' ? result.device : null;
    project.endJob(job, {
      state: 'done',
      result: { ...(result as Record<string, unknown>) },
      problem: null,
      device,
    });
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
