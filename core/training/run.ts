import type { Engine, OpenOptions, Placement, ResidentSession, Tensor } from '../engine/types.ts';
import { Fault } from '../foundation/fault.ts';
import type { TrainingStep } from './step.ts';

/** Everything that a run changes, by name, and how many steps made it: what a checkpoint keeps. */
export interface TrainingState {
  steps: number;
  values: Record<string, Float32Array>;
}

/** A training step on a device, with the parameters that it changes. */
export class TrainingRun {
  readonly #session: ResidentSession;
  readonly #step: TrainingStep;
  #steps = 0;

  private constructor(session: ResidentSession, step: TrainingStep) {
    this.#session = session;
    this.#step = step;
  }

  static async open(engine: Engine, step: TrainingStep, options: OpenOptions = {}): Promise<TrainingRun> {
    const values = step.state.map(({ name, next, initial }) => ({
      ...{ input: name, output: next, dims: initial.dims },
      initial: initial.elements() as Float32Array,
    }));
    return new TrainingRun(await engine.openResident(step.model.encode(), values, options), step);
  }

  get placement(): Placement {
    return this.#session.placement;
  }

  /** Steps that were made. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * One step.
   * @param feeds pictures and labels as the step's inputs say
   * @returns the reported numbers, 'loss' among them; other outputs of the step are left out
   * @throws Fault where the loss is no finite number; the step's changes are in the state then
   */
  async step(feeds: Readonly<Record<string, Tensor>>, rate: number): Promise<Record<string, number>> {
    const scalar = (value: number): Tensor => ({ type: 'float32', dims: [], data: Float32Array.of(value) });
    const clock: Record<string, Tensor> = this.#step.counts ? { step: scalar(this.#steps + 1) } : {};
    const found = await this.#session.run({ ...feeds, rate: scalar(rate), ...clock });
    this.#steps++;
    const reports = Object.fromEntries(this.#step.reports.map((name) => [name, Number(found[name].data[0])]));
    if (!Number.isFinite(reports.loss)) {
      throw new Fault(
        `The loss is ${reports.loss} at step ${this.#steps}: training diverged. A smaller learning rate than ${rate}, or a warm-up, helps.`,
      );
    }
    return reports;
  }

  async state(): Promise<TrainingState> {
    return { steps: this.#steps, values: await this.#session.read() };
  }

  /** Goes on from a state of the same step. @throws Fault where it does not fit */
  async restore({ steps, values }: TrainingState): Promise<void> {
    const missing = this.#step.state.find(({ name }) => values[name] === undefined);
    if (missing !== undefined) throw new Fault(`The state has no '${missing.name}'.`);
    await this.#session.write(values);
    this.#steps = steps;
  }

  async dispose(): Promise<void> {
    await this.#session.dispose();
  }
}
