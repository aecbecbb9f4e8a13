import type { CurvePoint } from '../../training/curve.ts';

/** A curve, or a part of one, as columns: a row per step, or per so many steps. NaN where a row has no such value. */
export interface CurveColumns {
  /** Last step of the row, from 1. */
  steps: Int32Array;
  /** Epochs that were seen by then. */
  epochs: Float64Array;
  loss: Float64Array;
  /** 0…1 */
  accuracy: Float64Array;
  clustering: Float64Array;
  rate: Float64Array;
  imagesPerSecond: Float64Array;
  /** Verification accuracy on people who are held out, 0…1: at ends of epochs. */
  validation: Float64Array;
  /** Of the routing softmax, where it is lowered. */
  temperature: Float64Array;
}

/** A curve from its beginning. */
export interface WholeCurve extends CurveColumns {
  /** Seconds of training by then: its steps alone, without pauses and what is done between epochs. */
  seconds: Float64Array;
  /** Steps of one row; above 1, values are means over them. */
  every: number;
}

type Value = Exclude<keyof CurveColumns, 'steps' | 'epochs'>;
const VALUES = [
  'loss',
  'accuracy',
  'clustering',
  'rate',
  'imagesPerSecond',
  'validation',
  'temperature',
] as const satisfies Value[];

export function curveColumns(points: readonly CurvePoint[]): CurveColumns {
  const column = (of: Value): Float64Array => Float64Array.from(points, (point) => point[of] ?? Number.NaN);
  return {
    steps: Int32Array.from(points, ({ step }) => step),
    epochs: Float64Array.from(points, ({ epoch }) => epoch),
    ...(Object.fromEntries(VALUES.map((name) => [name, column(name)])) as Record<Value, Float64Array>),
  };
}

/**
 * A whole curve in at most `most` rows.
 * @param images pictures of one step
 */
export function wholeCurve(points: readonly CurvePoint[], images: number, most: number): WholeCurve {
  const every = Math.max(1, Math.ceil(points.length / most));
  const all = curveColumns(points);
  const seconds = new Float64Array(points.length);
  let spent = 0;
  for (let i = 0; i < seconds.length; i++) {
    spent += images / all.imagesPerSecond[i];
    seconds[i] = spent;
  }
  if (every === 1) return { ...all, seconds, every };
  const rows = Math.ceil(points.length / every);
  const last = (row: number): number => Math.min(points.length, (row + 1) * every) - 1;
  const means = (values: Float64Array): Float64Array =>
    Float64Array.from({ length: rows }, (_, row) => meanOf(values.subarray(row * every, last(row) + 1)));
  return {
    steps: Int32Array.from({ length: rows }, (_, row) => all.steps[last(row)]),
    epochs: Float64Array.from({ length: rows }, (_, row) => all.epochs[last(row)]),
    seconds: Float64Array.from({ length: rows }, (_, row) => seconds[last(row)]),
    ...(Object.fromEntries(VALUES.map((name) => [name, means(all[name])])) as Record<Value, Float64Array>),
    every,
  };
}

/** Mean of what is known. */
function meanOf(values: Float64Array): number {
  let sum = 0;
  let known = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    known++;
  }
  return known === 0 ? Number.NaN : sum / known;
}
