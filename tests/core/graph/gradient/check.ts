import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect } from 'vitest';
import { Random } from '../../../../core/foundation/random.ts';
import { GraphBuilder, type Handle } from '../../../../core/graph/builder.ts';
import type { Shape } from '../../../../core/graph/dimension.ts';
import { differentiate } from '../../../../core/graph/gradient/differentiate.ts';
import type { PartGradient } from '../../../../core/graph/gradient/rule.ts';
import type { Model } from '../../../../core/graph/model.ts';
import { type Dense, dense, sizeOf } from '../reference/array.ts';
import { evaluate } from '../reference/evaluate.ts';

export const random = new Random(77);
export const whole = (from: number, to: number): number =>
  from + Math.floor(random.uniform() * (to - from + 1));
export const normals = (count: number): number[] => Array.from({ length: count }, () => random.normal());

/** Runs a model on ONNX Runtime's CPU with float32 inputs. */
export async function run(
  model: Model,
  feeds: Readonly<Record<string, Dense>>,
  level: 'disabled' | 'all' = 'all',
): Promise<Record<string, Dense>> {
  const session = await InferenceSession.create(model.encode(), {
    graphOptimizationLevel: level,
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  try {
    const given = Object.entries(feeds).map(([name, { data, dims }]) => [
      name,
      new Tensor('float32', Float32Array.from(data), [...dims]),
    ]);
    const found = await session.run(Object.fromEntries(given));
    return Object.fromEntries(
      Object.entries(found).map(([name, { data, dims }]) => [
        name,
        dense(dims, Array.from(data as Float32Array, Number)),
      ]),
    );
  } finally {
    await session.release();
  }
}

/** Largest difference of two arrays over the largest number in the second (or over `least`). */
export function relative(a: ArrayLike<number>, b: ArrayLike<number>, least = 1e-3): number {
  expect(a.length).toBe(b.length);
  let [most, scale] = [0, least];
  for (let i = 0; i < b.length; i++) {
    const apart = Math.abs(a[i] - b[i]);
    if (!(apart <= most)) most = apart;
    scale = Math.max(scale, Math.abs(b[i]));
  }
  return most / scale;
}

/** Numbers as float32 holds them, in float64: what both sides compute with. */
export const rounded = (dims: readonly number[], values: ArrayLike<number>): Dense =>
  dense(dims, Float32Array.from(values));

const STEP = 1e-5;

/** ∂(Σ seed·y)/∂x[at] by central differences of the float64 reference. */
export function slope(
  model: Model,
  y: string,
  feeds: Readonly<Record<string, Dense>>,
  x: string,
  at: number,
): number {
  const value = (shift: number): number => {
    const data = feeds[x].data.slice();
    data[at] += shift;
    const out = evaluate(model, { ...feeds, [x]: { dims: feeds[x].dims, data } }).get(y)!;
    return out.data.reduce((sum, each, i) => sum + each * feeds.seed.data[i], 0);
  };
  return (value(STEP) - value(-STEP)) / (2 * STEP);
}

export interface CaseOptions {
  /** Values of the inputs; normal numbers where nothing is said. */
  draw?: () => number;
  opset?: number;
  /** Declared shapes of the inputs where they differ from the real ones (a free batch). */
  declared?: Readonly<Record<string, Shape>>;
  /** Elements of each input whose slope is measured. */
  most?: number;
  /** Lets the gradient compute nodes in another way. */
  rewrite?: boolean;
  /** Rewrites the graph after the reference was taken. @returns gradients of whole parts */
  prepare?: (b: GraphBuilder) => readonly PartGradient[];
}

/**
 * Holds an operator to the reference: its value in ONNX Runtime (float32) to float64's, and the gradient graph in ONNX
 * Runtime to central differences in float64, both to 1e-4 of the largest number.
 */
export async function checkGradient(
  shapes: Readonly<Record<string, readonly number[]>>,
  build: (b: GraphBuilder, inputs: Record<string, Handle>) => Handle,
  options: CaseOptions = {},
): Promise<void> {
  const b = new GraphBuilder('case', options.opset);
  const names = Object.keys(shapes);
  const inputs = Object.fromEntries(
    names.map((name) => [name, b.input(name, options.declared?.[name] ?? shapes[name])]),
  );
  const y = build(b, inputs);
  const draw = options.draw ?? (() => random.normal());
  const feeds: Record<string, Dense> = {};
  for (const name of names) {
    feeds[name] = rounded(shapes[name], Array.from({ length: sizeOf(shapes[name]) }, draw));
  }
  const forward = b.model([y]).copy();
  const expected = evaluate(forward, feeds).get(y.name)!;
  const parts = options.prepare?.(b);
  const seed = b.input('seed', y.shape!);
  feeds.seed = rounded(expected.dims, normals(expected.data.length));
  const gradients = differentiate(
    b,
    y,
    names.map((name) => inputs[name]),
    { seed, rewrite: options.rewrite, parts },
  );
  for (const [i, name] of names.entries()) expect(gradients[i].shape).toEqual(inputs[name].shape);
  // An input's gradient can be the seed itself: outputs need names of their own.
  const outputs = gradients.map((gradient, i) => b.op('Identity', [gradient], {}, `d.${names[i]}`));
  const found = await run(b.model([y, ...outputs]), feeds);
  expect(found[y.name].dims).toEqual(expected.dims);
  expect(relative(found[y.name].data, expected.data), 'value').toBeLessThan(1e-4);
  for (const [i, name] of names.entries()) {
    const { dims, data } = found[outputs[i].name];
    expect(dims).toEqual(shapes[name]);
    const most = options.most ?? 60;
    const places =
      data.length <= most
        ? Array.from(data.keys())
        : Array.from({ length: most }, () => whole(0, data.length - 1));
    const slopes = places.map((at) => slope(forward, y.name, feeds, name, at));
    const error = relative(
      places.map((at) => data[at]),
      slopes,
    );
    expect(error, `gradient of ${name}`).toBeLessThan(1e-4);
  }
}
