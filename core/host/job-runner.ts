import type { JobShown } from '../contract/procedures/jobs.ts';
import { Cancelled, Fault, sentenceOf } from '../foundation/fault.ts';
import type { Progress } from '../foundation/progress.ts';
import { type JobOptions, rememberedInput, rememberedResult } from '../jobs/recorded.ts';
import type { ProjectStore } from '../project/store.ts';

/** One kind of job: parses what the window sent, and does the work. */
export type JobWork = (
  input: Record<string, unknown>,
  options: JobOptions,
) => Promise<Record<string, unknown>>;

/** Kinds that write nothing into the project, so that a read-only one allows them. */
const READING = new Set(['export', 'convert']);
const LOG_LINES = 200;
/** At most this often a running job is told of, so that progress never floods the window. */
const REPORT_MS = 100;

interface Entry {
  shown: JobShown;
  input: Record<string, unknown>;
  controller: AbortController;
  stageBegan: number;
  reported: number;
  /** Of the stage. */
  from: number;
}

/**
 * Runs the jobs of one project one after the other and keeps what they said. A job's end stands in the project, so that
 * it is known after a restart; a job that a crash cut off is there as 'interrupted'.
 */
export class JobRunner {
  readonly #project: ProjectStore;
  readonly #works: Readonly<Record<string, JobWork>>;
  readonly #changed: (job: JobShown) => void;
  readonly #entries = new Map<number, Entry>();
  #queue: Promise<void> = Promise.resolve();
  /** Ids of jobs that a read-only project cannot number; far above its own. */
  #unrecorded = 1_000_000_000;

  constructor(
    project: ProjectStore,
    works: Readonly<Record<string, JobWork>>,
    changed: (job: JobShown) => void,
  ) {
    this.#project = project;
    this.#works = works;
    this.#changed = changed;
  }

  /** This session's jobs with their progress, and earlier ones as the project remembers them; the latest first. */
  list(): JobShown[] {
    const earlier = this.#project
      .jobs(100)
      .filter((job) => !this.#entries.has(job.id))
      .map((job): JobShown => ({ ...job, input: inputShown(job.input), progress: null, log: [] }));
    return [...[...this.#entries.values()].map(({ shown }) => shown), ...earlier].sort((a, b) => b.id - a.id);
  }

  start(kind: string, input: Record<string, unknown>): number {
    const work = this.#works[kind];
    if (!work) throw new Fault(`There is no job '${kind}'. Known: ${Object.keys(this.#works).join(', ')}.`);
    const { readOnly } = this.#project;
    if (readOnly && !READING.has(kind))
      throw new Fault(`The project is open read-only, so the job '${kind}' cannot write into it.`);
    const remembered = rememberedInput(input);
    const id = readOnly ? this.#unrecorded++ : this.#project.beginJob(kind, remembered);
    const entry: Entry = {
      input,
      shown: {
        id,
        kind,
        input: inputShown(remembered),
        state: 'waiting',
        result: null,
        problem: null,
        device: null,
        started: Date.now(),
        ended: null,
        progress: null,
        log: [],
      },
      controller: new AbortController(),
      stageBegan: performance.now(),
      reported: Number.NEGATIVE_INFINITY,
      from: 0,
    };
    this.#entries.set(id, entry);
    this.#changed(entry.shown);
    this.#queue = this.#queue.then(() => this.#run(entry, work));
    return id;
  }

  /** Starts a job that has ended once more. Jobs skip what they finished before. */
  again(id: number): number {
    const here = this.#entries.get(id);
    if (here && here.shown.ended === null) throw new Fault(`The job ${id} has not ended yet.`);
    const job = here
      ? { kind: here.shown.kind, input: here.input }
      : this.#project.jobs().find((other) => other.id === id);
    if (!job) throw new Fault(`There is no job ${id} in this project.`);
    return this.start(job.kind, job.input);
  }

  cancel(id: number): void {
    this.#entries.get(id)?.controller.abort(new Cancelled());
  }

  /** Cancels everything and waits for its end. */
  async close(): Promise<void> {
    for (const { controller } of this.#entries.values()) controller.abort(new Cancelled());
    await this.#queue;
  }

  async #run(entry: Entry, work: JobWork): Promise<void> {
    const { shown, controller } = entry;
    let end: Pick<JobShown, 'state' | 'result' | 'problem'>;
    if (controller.signal.aborted) end = { state: 'cancelled', result: null, problem: null };
    else {
      shown.state = 'running';
      shown.started = Date.now();
      entry.stageBegan = performance.now();
      this.#changed(shown);
      end = await work(entry.input, {
        job: shown.id,
        signal: controller.signal,
        onProgress: (progress) => this.#progressed(entry, progress),
      }).then(
        (result) => ({ state: 'done' as const, result: rememberedResult(result), problem: null }),
        (thrown) =>
          thrown instanceof Cancelled
            ? { state: 'cancelled' as const, result: null, problem: null }
            : { state: 'failed' as const, result: null, problem: sentenceOf(thrown) },
      );
    }
    const device = typeof end.result?.device === 'string' ? end.result.device : shown.device;
    Object.assign(shown, end, { device, ended: Date.now(), progress: null });
    if (this.#project.readOnly) return this.#changed(shown);
    try {
      this.#project.endJob(shown.id, {
        state: end.state as 'done' | 'failed' | 'cancelled',
        result: end.result,
        problem: end.problem,
        device,
      });
    } catch (thrown) {
      // The work itself is committed; that its end could not be noted (a full disk, a closed project) is worth a line.
      shown.log.push(sentenceOf(thrown));
    }
    this.#changed(shown);
  }

  #progressed(entry: Entry, { note, device, ...progress }: Progress): void {
    const { shown } = entry;
    const now = performance.now();
    if (note !== undefined) shown.log = [...shown.log, note].slice(-LOG_LINES);
    if (device !== undefined) shown.device = device;
    const newStage = shown.progress?.stage !== progress.stage;
    if (newStage) {
      entry.stageBegan = now;
      entry.from = progress.done;
      shown.log = [...shown.log, progress.stage].slice(-LOG_LINES);
    }
    shown.progress = {
      ...progress,
      ...(device !== undefined && { device }),
      seconds: (now - entry.stageBegan) / 1000,
      from: Math.min(entry.from, progress.done),
    };
    if (!newStage && note === undefined && now - entry.reported < REPORT_MS) return;
    entry.reported = now;
    this.#changed(shown);
  }
}

/** What the window is shown of an input: how many faces were named, not which. */
function inputShown(input: Record<string, unknown>): Record<string, unknown> {
  const { selection } = input;
  if (typeof selection !== 'object' || selection === null || !('faces' in selection)) return input;
  const { faces } = selection as { faces: { count: number } };
  return { ...input, selection: { ...selection, faces: { count: faces.count } } };
}
