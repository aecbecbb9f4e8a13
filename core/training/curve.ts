import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { diskFault } from '../foundation/fault.ts';
import { writeWhole } from '../foundation/whole.ts';

/** One change of the weights. */
const curvePoint = z.object({
  /** From 1. */
  step: z.int().min(1),
  /** Epochs that were seen by then, a fraction. */
  epoch: z.number(),
  loss: z.number(),
  /** Share of the step's pictures that are nearest to their own identity, 0…1. */
  accuracy: z.number(),
  /** The clusters' part of the loss, before its weight. */
  clustering: z.number().optional(),
  rate: z.number(),
  /** Of the routing softmax, where it is lowered over the first epochs. */
  temperature: z.number().optional(),
  imagesPerSecond: z.number(),
  /** After an epoch: verification accuracy on people who are held out, 0…1. */
  validation: z.number().optional(),
});
export type CurvePoint = z.infer<typeof curvePoint>;

/** Reads a curve: one JSON object per line. A line that a crash cut short ends it. */
export function readCurve(path: string): CurvePoint[] {
  if (!existsSync(path)) return [];
  const points: CurvePoint[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      break;
    }
    const parsed = curvePoint.safeParse(value);
    if (!parsed.success) break;
    points.push(parsed.data);
  }
  return points;
}

/** The curve of a run on the disk, to which a run that goes on adds what it does again. */
export class Curve {
  readonly #path: string;

  /** @param steps that the run goes on after: what was written beyond them is dropped */
  constructor(path: string, steps: number) {
    this.#path = path;
    const kept = readCurve(path).filter(({ step }) => step <= steps);
    writeWhole(path, linesOf(kept));
  }

  /** Puts a point in the place of the one of its step, which was written without what it says now. */
  amend(point: CurvePoint): void {
    const points = readCurve(this.#path).map((one) => (one.step === point.step ? point : one));
    writeWhole(this.#path, linesOf(points));
  }

  append(points: readonly CurvePoint[]): void {
    if (points.length === 0) return;
    try {
      appendFileSync(this.#path, linesOf(points));
    } catch (thrown) {
      throw diskFault(thrown, this.#path, 'written') ?? thrown;
    }
  }
}

const linesOf = (points: readonly CurvePoint[]): string =>
  points.map((point) => `${JSON.stringify(point)}\n`).join('');
