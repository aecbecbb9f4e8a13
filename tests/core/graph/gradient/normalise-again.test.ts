import { expect, test } from 'vitest';
import { Algebra } from '../../../../core/graph/algebra.ts';
import { GraphBuilder, type Handle } from '../../../../core/graph/builder.ts';
import { differentiate } from '../../../../core/graph/gradient/differentiate.ts';
import type { Model } from '../../../../core/graph/model.ts';
import { normaliseAgain } from '../../../../core/graph/normalise-again.ts';
import { trainingMode } from '../../../../core/graph/training-mode.ts';
import { normals, relative, rounded, run } from './check.ts';

const X = [3, 2, 6, 6];
const SHAPES: Readonly<Record<string, readonly number[]>> = {
  ...{ first: [4, 2, 3, 3], scale: [4], shift: [4], slope: [4, 1, 1], second: [3, 4, 3, 3] },
};
const weights = Object.fromEntries(
  Object.entries(SHAPES).map(([name, dims]) => [
    name,
    Float32Array.from(normals(dims.reduce((a, c) => a * c))),
  ]),
);

/** Conv, BatchNormalization on its batch, PRelu, Conv, and the sum of the squares, with its gradients by all weights. */
function step(least: number | undefined): { model: Model; again: number } {
  const b = new GraphBuilder('step');
  const a = new Algebra(b);
  const given = (name: string): Handle => b.constant(name, weights[name], SHAPES[name]);
  const pads = { pads: [1, 1, 1, 1] };
  const found = b.op('Conv', [b.input('x', X), given('first')], pads);
  const running = [b.constant('mean', new Float32Array(4)), b.constant('var', new Float32Array(4).fill(1))];
  const normal = b.op('BatchNormalization', [found, given('scale'), given('shift'), ...running], {}, 'bn');
  const y = b.op('Conv', [b.op('PRelu', [normal, given('slope')]), given('second')], pads);
  b.model([y]);
  trainingMode(b);
  const loss = a.reduce('ReduceSum', a.mul(y, y), [0, 1, 2, 3], false);
  const names = Object.keys(SHAPES);
  const slopes = differentiate(
    b,
    loss,
    names.map((name) => b.value(name)),
    { rewrite: true },
  );
  const again = least === undefined ? 0 : normaliseAgain(b, [loss], least);
  const outputs = slopes.map((each, i) => b.op('Identity', [each], {}, `d.${names[i]}`));
  return { model: b.model([loss, ...outputs]), again };
}

test('the way back normalises anew, and its gradients stay what they were', async () => {
  const [kept, fresh] = [step(undefined), step(1)];
  expect(fresh.again).toBe(1);
  const users = (model: Model, name: string) =>
    model.graph.nodes.filter(({ inputs }) => inputs.includes(name)).map(({ opType }) => opType);
  // Forward: the sign of the PRelu and its product. Back: the slopes' own gradient, which takes the negative part.
  expect(users(kept.model, 'bn').sort()).toEqual(['HardSigmoid', 'Min', 'Mul']);
  expect(users(fresh.model, 'bn').sort()).toEqual(['HardSigmoid', 'Mul']);
  expect(users(fresh.model, 'bn.again')).toEqual(['Min']);
  const feeds = { x: rounded(X, normals(3 * 2 * 36)) };
  const [before, after] = [await run(kept.model, feeds), await run(fresh.model, feeds)];
  for (const [name, { data }] of Object.entries(before)) {
    expect(relative(after[name].data, data), name).toBeLessThan(1e-5);
  }
});

test('what is small is kept', () => {
  expect(step(3 * 4 * 36 + 1).again).toBe(0);
});
