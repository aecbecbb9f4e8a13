import { beforeAll, describe, expect, test } from 'vitest';
import { Algebra } from '../../../core/graph/algebra.ts';
import { GraphBuilder } from '../../../core/graph/builder.ts';
import { adam } from '../../../core/training/optimisers/adam.ts';
import type { Optimiser } from '../../../core/training/optimisers/optimiser.ts';
import { sgd } from '../../../core/training/optimisers/sgd.ts';
import { relative, rounded, run } from '../graph/gradient/check.ts';
import { python } from '../graph/python.ts';
import { normals } from './small.ts';

/** A parameter with given gradients, step by step, for every optimiser. */
const STEPS = `
import torch
def updated(optimiser, settings):
    p = torch.nn.Parameter(torch.tensor(x['parameter'], dtype=torch.float64))
    o = getattr(torch.optim, optimiser)([p], lr=0.1, **settings)
    for g in x['gradients']:
        p.grad = torch.tensor(g, dtype=torch.float64)
        o.step()
    return p.tolist()
print(json.dumps([updated(*each) for each in x['cases']]))`;

const COUNT = 20;

const CASES: [string, Optimiser, Record<string, unknown>][] = [
  ['SGD', sgd({ momentum: 0, weightDecay: 0 }), {}],
  ['SGD', sgd({ momentum: 0.9, weightDecay: 0.01 }), { momentum: 0.9, weight_decay: 0.01 }],
  [
    'SGD',
    sgd({ momentum: 0.8, weightDecay: 1e-3, nesterov: true }),
    { momentum: 0.8, weight_decay: 1e-3, nesterov: true },
  ],
  ['Adam', adam(), {}],
  [
    'Adam',
    adam({ betas: [0.5, 0.9], epsilon: 1e-4, weightDecay: 0.1 }),
    { betas: [0.5, 0.9], eps: 1e-4, weight_decay: 0.1 },
  ],
  ['AdamW', adam({ weightDecay: 0.1, decoupled: true }), { weight_decay: 0.1 }],
];

describe('five updates of a parameter are those of PyTorch', () => {
  const start = normals(COUNT);
  const gradients = Array.from({ length: 5 }, () => normals(COUNT));
  let expected: number[][] = [];
  beforeAll(() => {
    expected = python<number[][]>(STEPS, {
      parameter: [...start],
      gradients: gradients.map((each) => [...each]),
      cases: CASES.map(([name, , settings]) => [name, settings]),
    });
  });
  test.each(CASES.map(([name, optimiser], i) => ({ name, optimiser, i })))(
    '$name $i',
    async ({ optimiser, i }) => {
      const b = new GraphBuilder('update');
      const input = (at: string) => b.input(at, [COUNT]);
      const slots = optimiser.slots.map((slot) => input(slot.name));
      const [parameter, gradient] = [input('parameter'), input('gradient')];
      const [rate, step] = [b.input('rate', []), b.input('step', [])];
      const made = optimiser.update({
        ...{ a: new Algebra(b), parameter, gradient, slots, rate, step },
        decays: true,
      });
      const model = b.model([made.parameter, ...made.slots]);
      let state: Record<string, Float32Array | Float64Array> = { parameter: start };
      for (const slot of optimiser.slots) state[slot.name] = new Float32Array(COUNT).fill(slot.initial);
      for (const [at, each] of gradients.entries()) {
        const feeds = Object.fromEntries(
          Object.entries({ ...state, gradient: each }).map(([at, data]) => [at, rounded([COUNT], data)]),
        );
        const scalars = { rate: rounded([], [0.1]), step: rounded([], [at + 1]) };
        const found = await run(model, { ...feeds, ...scalars });
        state = { parameter: found[made.parameter.name].data };
        for (const [at, slot] of optimiser.slots.entries())
          state[slot.name] = found[made.slots[at].name].data;
      }
      expect(relative(state.parameter, expected[i])).toBeLessThan(1e-5);
    },
  );

  test('settings that make no sense are refused', () => {
    expect(() => sgd({ momentum: 1 })).toThrow(
      /momentum '1' is not allowed; allowed: 0 up to, not including, 1/,
    );
    expect(() => sgd({ momentum: 0, nesterov: true })).toThrow(/needs a momentum/);
    expect(() => adam({ betas: [0.9, 1] })).toThrow(/decay rate '1'/);
    expect(() => adam({ weightDecay: -1 })).toThrow(/weight decay '-1'/);
  });
});
