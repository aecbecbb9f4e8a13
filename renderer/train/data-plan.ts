import { noun } from '../../core/contract/noun.ts';
import type { TrainingRun } from '../../core/contract/procedures/training.ts';

/** What of a recipe decides how much of a data set is seen, and how often. */
export interface Portions {
  /** Fewest pictures of an identity. */
  least: number;
  batch: number;
  accumulate: number;
  epochs: number;
  /** Side of a picture in pixels. */
  size: number;
  /** People who are held out: a share below 1, or their number; 0 for none. */
  hold: number;
}

export interface DataPlan {
  identities: number;
  /** Where people are held out: about, as who they are is drawn. */
  pictures: number;
  /** Identities that are not trained on, to be judged by. */
  held: number;
  /** Identities that have too few pictures, and the pictures of them. */
  few: { identities: number; pictures: number };
  /** Least, middle and greatest number of pictures of an identity that is trained on. */
  perIdentity: { least: number; median: number; most: number };
  stepsPerEpoch: number;
  steps: number;
  /** Of the prepared pictures on disk while the run goes on. */
  bytes: number;
  /** Why it cannot be trained on, or ''. */
  problem: string;
}

const count = (n: number): string => n.toLocaleString('en-US');

/**
 * What a recipe makes of a data set, if all its pictures can be read.
 * @param counts pictures of each identity, the most first
 */
export function dataPlan(counts: ArrayLike<number>, portions: Portions): DataPlan {
  const { least, batch, accumulate, epochs, size, hold } = portions;
  const all = Array.from(counts);
  const kept = all.filter((pictures) => pictures > 0 && pictures >= least);
  const few = all.filter((pictures) => pictures > 0 && pictures < least);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const held = Math.min(kept.length, hold < 1 ? Math.round(hold * kept.length) : hold);
  const pictures = Math.round((sum(kept) * (kept.length - held)) / Math.max(1, kept.length));
  const step = batch * accumulate;
  const stepsPerEpoch = Math.floor(pictures / step);
  return {
    identities: kept.length - held,
    pictures,
    held,
    few: { identities: few.length, pictures: sum(few) },
    perIdentity: {
      least: kept.at(-1) ?? 0,
      median: kept[Math.floor(kept.length / 2)] ?? 0,
      most: kept[0] ?? 0,
    },
    stepsPerEpoch,
    steps: stepsPerEpoch * epochs,
    bytes: sum(all) * size * size * 3,
    problem:
      kept.length - held < 2
        ? `Training needs at least two identities of ${least} or more pictures, and there ${kept.length - held === 1 ? 'is one' : 'is none'}.`
        : stepsPerEpoch < 1
          ? `There are ${noun(pictures, 'picture')} and a step takes ${count(step)}: choose a smaller batch.`
          : '',
  };
}

/** '38 kB', '1.2 GB' */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let at = 0;
  let value = bytes;
  for (; value >= 1000 && at < units.length - 1; at++) value /= 1000;
  return `${value >= 100 || at === 0 ? Math.round(value) : value.toPrecision(2)} ${units[at]}`;
}

/** A run that was like one that is planned: the same network at the same width and input. The latest one. */
export function alike(
  runs: readonly TrainingRun[],
  recipe: Readonly<Record<string, unknown>>,
): TrainingRun | undefined {
  const key = (of: Readonly<Record<string, unknown>>): string => {
    const { name, width, size } = (of.network ?? {}) as Record<string, unknown>;
    return JSON.stringify([name, width, size]);
  };
  return runs.find(
    (run) => key(run.recipe) === key(recipe) && run.imagesPerSecond !== null && run.imagesPerSecond > 0,
  );
}
