import type { CurveNews } from '../contract/procedures/training.ts';
import { curveColumns } from '../jobs/train/curve-columns.ts';
import type { CurvePoint } from '../training/curve.ts';

/** Windows are told of new steps this often at most. */
const WAIT_MS = 250;

/** The runs that this host trains: which job does it, and their newest steps on the way to the windows. */
export class LiveRuns {
  readonly #push: (news: CurveNews) => void;
  readonly #wait: number;
  readonly #running = new Map<
    string,
    { job: number; points: CurvePoint[]; timer: NodeJS.Timeout | undefined }
  >();

  constructor(push: (news: CurveNews) => void, wait = WAIT_MS) {
    this.#push = push;
    this.#wait = wait;
  }

  /** The job that trains a run now. */
  jobOf(run: string): number | undefined {
    return this.#running.get(run)?.job;
  }

  begin(run: string, job: number): void {
    this.#running.set(run, { job, points: [], timer: undefined });
  }

  /** Takes new steps. After a crash they begin before the last one: what was told of them counts no more. */
  told(run: string, points: readonly CurvePoint[]): void {
    const entry = this.#running.get(run);
    if (entry === undefined || points.length === 0) return;
    const known = entry.points.findIndex(({ step }) => step >= points[0].step);
    if (known >= 0) entry.points.length = known;
    entry.points.push(...points);
    entry.timer ??= setTimeout(() => this.#send(run), this.#wait);
  }

  /** Sends what is left, and forgets the run. */
  end(run: string): void {
    this.#send(run);
    this.#running.delete(run);
  }

  #send(run: string): void {
    const entry = this.#running.get(run);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    entry.timer = undefined;
    const points = entry.points.splice(0);
    if (points.length > 0) this.#push({ run, job: entry.job, ...curveColumns(points) });
  }
}
