import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../../../core/engine/types.ts';
import { type FoundFace, overlap, suppress } from '../../../../core/models/detection/boxes.ts';
import { decoderOf } from '../../../../core/models/detection/decoders.ts';
import { retinaPriors } from '../../../../core/models/detection/retinaface.ts';

/** Deterministic numbers in [0, 1): a 32-bit linear congruential generator (Numerical Recipes). */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function reference<Answer>(request: unknown): Answer {
  const run = spawnSync('/usr/bin/python3', [fileURLToPath(new URL('reference.py', import.meta.url))], {
    input: JSON.stringify(request),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout) as Answer;
}

const tensor = (dims: number[], next: () => number): Tensor => ({
  type: 'float32',
  dims,
  data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, next),
});

const row = (face: FoundFace): number[] => [...face.box, ...(face.points ?? []), face.score];

function expectSame(faces: readonly FoundFace[], rows: readonly number[][]): void {
  expect(faces.length).toBe(rows.length);
  expect(rows.length).toBeGreaterThan(5);
  for (const [i, face] of faces.entries()) {
    for (const [j, value] of row(face).entries()) expect(value).toBeCloseTo(rows[i][j], 2);
  }
}

describe('decoders', () => {
  test('SCRFD equals loops over strides, rows, columns and anchors, whatever the order of its outputs', () => {
    const next = numbers(7);
    const size: [number, number] = [96, 64];
    const places = [192, 48, 12];
    const scores = places.map((n) => tensor([n, 1], next));
    const boxes = places.map((n) => tensor([n, 4], () => 3 * next()));
    const points = places.map((n) => tensor([n, 10], () => 4 * next() - 2));
    const rows = reference<number[][]>({
      kind: 'scrfd',
      size,
      minScore: 0.8,
      scores: scores.map(({ data }) => [...(data as Float32Array)]),
      boxes: boxes.map(({ data }) => [...(data as Float32Array)]),
      points: points.map(({ data }) => [...(data as Float32Array)]),
    });
    const decode = decoderOf('scrfd');
    const asPublished = Object.fromEntries([...scores, ...boxes, ...points].map((t, i) => [`o${i}`, t]));
    expectSame(decode(asPublished, 1, { size, minScore: 0.8 })[0], rows);
    const batched = Object.fromEntries(
      [...points, ...scores, ...boxes].reverse().map((t, i) => [`o${i}`, { ...t, dims: [1, ...t.dims] }]),
    );
    expectSame(decode(batched, 1, { size, minScore: 0.8 })[0], rows);
  });

  test('SCRFD without points, and two pictures in one batch', () => {
    const next = numbers(3);
    const size: [number, number] = [64, 64];
    const outputs = Object.fromEntries(
      [128, 32, 8].flatMap((n) => [
        [`s${n}`, tensor([2, n, 1], next)],
        [`b${n}`, tensor([2, n, 4], next)],
      ]),
    );
    const [first, second] = decoderOf('scrfd')(outputs, 2, { size, minScore: 0.5 });
    const s = outputs.s128.data as Float32Array;
    expect(first[0].points).toBeNull();
    expect(second[0].score).toBe(s.slice(128).find((value) => value >= 0.5));
  });

  test('RetinaFace equals priors, variances and softmax as the public code writes them', () => {
    const next = numbers(11);
    const size: [number, number] = [96, 64];
    const n = 2 * (12 * 8 + 6 * 4 + 3 * 2);
    expect(retinaPriors(size).length).toBe(3 * n);
    const boxes = tensor([1, n, 4], () => 4 * next() - 2);
    const classes = tensor([1, n, 2], () => 4 * next() - 2);
    const points = tensor([1, n, 10], () => 6 * next() - 3);
    const rows = reference<number[][]>({
      kind: 'retinaface',
      size,
      minScore: 0.7,
      boxes: [...(boxes.data as Float32Array)],
      classes: [...(classes.data as Float32Array)],
      points: [...(points.data as Float32Array)],
    });
    const options = { size, minScore: 0.7 };
    expectSame(decoderOf('retinaface')({ boxes, classes, points }, 1, options)[0], rows);

    const logits = classes.data as Float32Array;
    const softened = Float32Array.from(logits, (_, i) => 1 / (1 + Math.exp(logits[i ^ 1] - logits[i])));
    const done = { boxes, classes: { ...classes, data: softened }, points };
    expectSame(decoderOf('retinaface')(done, 1, options)[0], rows);
  });

  test('RFB gives corner boxes as fractions', () => {
    const scores: Tensor = { type: 'float32', dims: [1, 2, 2], data: Float32Array.of(0.1, 0.9, 0.8, 0.2) };
    const boxes: Tensor = {
      type: 'float32',
      dims: [1, 2, 4],
      data: Float32Array.of(0.25, 0.5, 0.5, 1, 0, 0, 1, 1),
    };
    const [faces] = decoderOf('rfb')({ scores, boxes }, 1, { size: [320, 240], minScore: 0.6 });
    expect(faces).toHaveLength(1);
    expect(faces[0].box).toEqual([80, 120, 80, 120]);
    expect(faces[0].score).toBeCloseTo(0.9, 6);
  });

  test('outputs of another shape and unknown decoders are named', () => {
    const wrong = { out: tensor([1, 5, 7], numbers(1)) };
    for (const name of ['rfb', 'scrfd', 'retinaface']) {
      expect(() => decoderOf(name)(wrong, 1, { size: [64, 64], minScore: 0.5 })).toThrow(/'out' 1×5×7/);
    }
    expect(() => decoderOf('yolo')).toThrow("'yolo' is not one of: rfb, ssd, scrfd, retinaface");
    expect(() => decoderOf('constructor')).toThrow('is not one of');
  });
});

describe('suppression', () => {
  test('keeps what a naive loop keeps, over several limits', () => {
    const next = numbers(5);
    const faces: FoundFace[] = Array.from({ length: 200 }, () => ({
      box: [100 * next(), 100 * next(), 5 + 40 * next(), 5 + 40 * next()],
      points: null,
      score: Math.round(20 * next()) / 20,
    }));
    for (const limit of [0.05, 0.3, 0.5]) {
      const kept = reference<number[]>({
        kind: 'nms',
        limit,
        boxes: faces.map(({ box }) => box),
        scores: faces.map(({ score }) => score),
      });
      expect(suppress(faces, limit)).toEqual(kept.map((i) => faces[i]));
      expect(kept.length).toBeLessThan(200);
    }
    expect(suppress(faces, 0.3, 4)).toHaveLength(4);
  });

  test('boxes that only touch, or have no area, do not overlap', () => {
    expect(overlap([0, 0, 10, 10], [10, 0, 10, 10])).toBe(0);
    expect(overlap([0, 0, 0, 0], [0, 0, 0, 0])).toBe(0);
    expect(overlap([0, 0, 10, 10], [5, 0, 10, 10])).toBeCloseTo(1 / 3, 12);
    expect(suppress([], 0.3)).toEqual([]);
  });
});
