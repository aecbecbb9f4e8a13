import { expect, test } from 'vitest';
import { Algebra } from '../../../core/graph/algebra.ts';
import { GraphBuilder } from '../../../core/graph/builder.ts';
import { accumulated } from '../../../core/training/optimisers/accumulated.ts';
import { adam } from '../../../core/training/optimisers/adam.ts';
import type { Optimiser } from '../../../core/training/optimisers/optimiser.ts';
import { sgd } from '../../../core/training/optimisers/sgd.ts';
import { relative, rounded, run } from '../graph/gradient/check.ts';
import { normals } from './small.ts';

const COUNT = 8;

/** The parameter after each gradient. */
async function updates(optimiser: Optimiser, start: Float32Array, gradients: readonly ArrayLike<number>[]) {
  const b = new GraphBuilder('update');
  const slots = optimiser.slots.map((slot) => b.input(slot.name, [COUNT]));
  const [parameter, gradient] = [b.input('parameter', [COUNT]), b.input('gradient', [COUNT])];
  const [rate, step] = [b.input('rate', []), b.input('step', [])];
  const made = optimiser.update({
    ...{ a: new Algebra(b), parameter, gradient, slots, rate, step },
    decays: true,
  });
  const model = b.model([made.parameter, ...made.slots]);
  let state: Record<string, ArrayLike<number>> = { parameter: start };
  for (const { name, initial } of optimiser.slots) state[name] = new Float32Array(COUNT).fill(initial);
  const seen: ArrayLike<number>[] = [];
  for (const [at, each] of gradients.entries()) {
    const given = { ...state, gradient: each };
    const feeds = Object.fromEntries(
      Object.entries(given).map(([name, data]) => [name, rounded([COUNT], Float32Array.from(data))]),
    );
    const found = await run(model, { ...feeds, rate: rounded([], [0.1]), step: rounded([], [at + 1]) });
    state = { parameter: found[made.parameter.name].data };
    for (const [i, { name }] of optimiser.slots.entries()) state[name] = found[made.slots[i].name].data;
    seen.push(state.parameter);
  }
  return seen;
}

test.each([
  ['SGD', sgd({ momentum: 0.9, weightDecay: 0.01 })],
  ['Adam', adam({ weightDecay: 0.1 })],
])('%s over three gathered gradients is one step of their mean', async (_name, optimiser) => {
  const start = normals(COUNT);
  const gradients = Array.from({ length: 6 }, () => normals(COUNT));
  const means = [0, 3].map((from) =>
    Float32Array.from(
      { length: COUNT },
      (_, i) => (gradients[from][i] + gradients[from + 1][i] + gradients[from + 2][i]) / 3,
    ),
  );
  const whole = await updates(optimiser, start, means);
  const parts = await updates(accumulated(optimiser, 3), start, gradients);
  for (const between of [0, 1]) expect([...Array.from(parts[between])]).toEqual([...start]);
  expect(relative(Float64Array.from(parts[2]), Float64Array.from(whole[0]))).toBeLessThan(1e-5);
  expect(Array.from(parts[4])).toEqual(Array.from(parts[2]));
  expect(relative(Float64Array.from(parts[5]), Float64Array.from(whole[1]))).toBeLessThan(1e-5);
});

test('gathering over one step is the optimiser itself; half steps are refused', () => {
  const plain = sgd();
  expect(accumulated(plain, 1)).toBe(plain);
  expect(() => accumulated(plain, 1.5)).toThrow("Gradients cannot be gathered over '1.5' steps");
});
