import { describe, expect, test } from 'vitest';
import { compared } from './compare.ts';
import { ELEMENTS } from './operators/elements.ts';
import { LAYOUT } from './operators/layout.ts';
import { SPATIAL } from './operators/spatial.ts';
import { SUMS } from './operators/sums.ts';
import { type Case, Sketch } from './sketch.ts';

/**
 * Every operator in ONNX Runtime and in TensorFlow.js (plain JavaScript), over random shapes and attributes. Two programs
 * that share no code agree, or one of them is wrong.
 */

/** Largest difference as a share of the largest number; float32 itself has 6e-8. */
const ERROR = 1e-5;
const DRAWINGS = 8;

describe.each([
  ['over channels and space', SPATIAL],
  ['element by element', ELEMENTS],
  ['sums and products', SUMS],
  ['that move and cut', LAYOUT],
])('operators %s', (_, cases: Readonly<Record<string, Case>>) => {
  test.each(Object.entries(cases))('%s', async (_name, one) => {
    const {
      opset,
      error = ERROR,
      draw,
    } = typeof one === 'function' ? { draw: one } : { error: ERROR, ...one };
    for (let seed = 1; seed <= DRAWINGS; seed++) {
      const sketch = new Sketch(seed, opset);
      const model = sketch.model([draw(sketch)].flat());
      expect(await compared(model, sketch.feeds), `drawing ${seed}`).toBeLessThanOrEqual(error);
    }
  });
});
