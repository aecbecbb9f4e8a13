import { availableParallelism } from 'node:os';
import { throwIfCancelled, type WorkOptions } from '../../../foundation/progress.ts';
import type { Neighbours } from '../neighbours.ts';
import { conditionalAffinities, jointAffinities, type SparseRows } from './affinities.ts';
import { ATTRACTION, Crew, REPULSION } from './crew.ts';
import type { Field } from './forces.ts';
import { QuadtreeBuilder } from './quadtree.ts';

export interface TsneSettings {
  perplexity: number;
  iterations: number;
  /** Affinities are multiplied by this in the first `exploration` iterations. */
  earlyExaggeration: number;
  exploration: number;
  /** 'auto': n / earlyExaggeration / 4, at least 50 (Belkina et al. 2019). */
  learningRate: number | 'auto';
  /** Barnes–Hut: how large a cell may look from a leaf and still act as one body. 0 is exact. */
  angle: number;
  threads: number;
}

export const TSNE_DEFAULTS: TsneSettings = {
  perplexity: 30,
  iterations: 1000,
  earlyExaggeration: 12,
  exploration: 250,
  learningRate: 'auto',
  angle: 0.5,
  threads: Math.min(8, availableParallelism()),
};

/** How many neighbours a perplexity needs: three times as many. */
export const neighboursFor = (perplexity: number, rows: number): number =>
  Math.min(rows - 1, Math.floor(3 * perplexity + 1));

export interface TsneResult {
  /** x and y interleaved. */
  positions: Float64Array;
  /** Kullback–Leibler divergence of the map's affinities from those of the features. */
  divergence: number;
}

const share = <T extends Float64Array | Int32Array>(values: T): T => {
  const Type = values.constructor as new (buffer: SharedArrayBuffer) => T;
  const copy = new Type(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
};

const MOMENTUM_EARLY = 0.5;
const MOMENTUM = 0.8;
const LEAST_GAIN = 0.01;

/**
 * t-SNE (van der Maaten & Hinton 2008) by Barnes–Hut (van der Maaten 2014), with scikit-learn's schedule: momentum 0.5
 * and exaggeration 12 for 250 iterations, then momentum 0.8, with gains per coordinate.
 * @param initial x and y interleaved; scaled to a standard deviation of 1e-4 in x, as scikit-learn does with PCA
 */
export async function tsne(
  neighbours: Neighbours,
  initial: Float64Array,
  settings: TsneSettings,
  options: WorkOptions = {},
): Promise<TsneResult> {
  const points = initial.length / 2;
  const affinities = jointAffinities(neighbours, conditionalAffinities(neighbours, settings.perplexity));
  const builder = new QuadtreeBuilder(points);
  const field: Field = {
    points,
    positions: share(initial),
    affinities: {
      starts: share(affinities.starts),
      columns: share(affinities.columns),
      values: share(affinities.values),
    },
    tree: builder.tree,
    attraction: share(new Float64Array(2 * points)),
    repulsion: share(new Float64Array(2 * points)),
    masses: share(new Float64Array(points + 1)),
    angle: settings.angle ** 2,
  };
  const { positions, attraction, repulsion, masses, tree } = field;
  scaleTo(positions, 1e-4);
  const rate =
    settings.learningRate === 'auto'
      ? Math.max(50, points / settings.earlyExaggeration / 4)
      : settings.learningRate;
  const velocity = new Float64Array(2 * points);
  const gains = new Float64Array(2 * points).fill(1);
  /** Σ_{i≠j} q_ij */
  const mass = (): number => {
    let sum = -points;
    for (let l = 0; l < tree.sizes[1]; l++) sum += masses[l];
    return Math.max(sum, Number.MIN_VALUE);
  };

  const crew = await Crew.start(field, Math.max(1, Math.min(settings.threads, Math.ceil(points / 1000))));
  try {
    for (let iteration = 0; iteration < settings.iterations; iteration++) {
      if (iteration % 4 === 0) {
        await new Promise((resolve) => setImmediate(resolve));
        throwIfCancelled(options.signal);
        options.onProgress?.({
          stage: 'Mapping by t-SNE',
          done: iteration,
          total: settings.iterations,
          unit: 'iterations',
        });
      }
      crew.run(ATTRACTION, () => builder.build(positions));
      crew.run(REPULSION);
      const early = iteration < settings.exploration;
      const exaggeration = early ? settings.earlyExaggeration : 1;
      const momentum = early ? MOMENTUM_EARLY : MOMENTUM;
      const perMass = 1 / mass();
      // The velocity of the exploration does not carry over, as in scikit-learn.
      if (iteration === settings.exploration) {
        velocity.fill(0);
        gains.fill(1);
      }
      for (let c = 0; c < 2 * points; c++) {
        const gradient = 4 * (exaggeration * attraction[c] - repulsion[c] * perMass);
        const gain = velocity[c] * gradient < 0 ? gains[c] + 0.2 : Math.max(LEAST_GAIN, gains[c] * 0.8);
        gains[c] = gain;
        velocity[c] = momentum * velocity[c] - rate * gain * gradient;
        positions[c] += velocity[c];
      }
    }
    builder.build(positions);
    crew.run(REPULSION);
    return {
      positions: positions.slice(),
      divergence: divergenceOf(positions, field.affinities, mass()),
    };
  } finally {
    await crew.stop();
  }
}

/** Scales so that x has this standard deviation. */
function scaleTo(positions: Float64Array, deviation: number): void {
  const points = positions.length / 2;
  let mean = 0;
  for (let i = 0; i < points; i++) mean += positions[2 * i] / points;
  let variance = 0;
  for (let i = 0; i < points; i++) variance += (positions[2 * i] - mean) ** 2 / points;
  const scale = variance > 0 ? deviation / Math.sqrt(variance) : 1;
  for (let c = 0; c < positions.length; c++) positions[c] *= scale;
}

/** Σ p_ij ln(p_ij / q_ij) with q_ij = (1 + ‖y_i − y_j‖²)⁻¹ / mass. */
function divergenceOf(positions: Float64Array, affinities: SparseRows, mass: number): number {
  const { starts, columns, values } = affinities;
  let sum = 0;
  for (let i = 0; i < starts.length - 1; i++) {
    for (let at = starts[i]; at < starts[i + 1]; at++) {
      if (values[at] <= 0) continue;
      const dx = positions[2 * i] - positions[2 * columns[at]];
      const dy = positions[2 * i + 1] - positions[2 * columns[at] + 1];
      sum += values[at] * Math.log(values[at] * (1 + dx * dx + dy * dy) * mass);
    }
  }
  return sum;
}
