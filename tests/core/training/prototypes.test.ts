import { expect, test } from 'vitest';
import { Algebra } from '../../../core/graph/algebra.ts';
import { GraphBuilder } from '../../../core/graph/builder.ts';
import { accumulated } from '../../../core/training/optimisers/accumulated.ts';
import { adam } from '../../../core/training/optimisers/adam.ts';
import type { Optimiser } from '../../../core/training/optimisers/optimiser.ts';
import { frozenFirst, unitRows } from '../../../core/training/optimisers/prototypes.ts';
import { sgd } from '../../../core/training/optimisers/sgd.ts';
import { relative, rounded, run } from '../graph/gradient/check.ts';
import { python } from '../graph/python.ts';
import { normals } from './small.ts';

const DIMS = [3, 4];
const COUNT = 12;

/**
 * SwAV's loop over given gradients: for `frozen` steps the prototypes have no gradient, and after every step their rows
 * get the length 1 where `unit` says so. Prints the prototypes after each step.
 */
const SWAV = `
import torch
import torch.nn.functional as F
p = torch.nn.Parameter(torch.tensor(x['start'], dtype=torch.float64).view(3, 4))
o = getattr(torch.optim, x['optimiser'])([p], lr=0.1, **x['settings'])
seen = []
for i, g in enumerate(x['gradients']):
    p.grad = torch.tensor(g, dtype=torch.float64).view(3, 4) if i >= x['frozen'] else None
    o.step()
    if x['unit']: p.data = F.normalize(p.data, dim=1)
    seen.append(p.flatten().tolist())
print(json.dumps(seen))`;

/** Prototypes, and another parameter that is given the same gradients, after each of them. */
async function updates(optimiser: Optimiser, start: Float32Array, gradients: readonly Float32Array[]) {
  const b = new GraphBuilder('update');
  const a = new Algebra(b);
  const [rate, step, gradient] = [b.input('rate', []), b.input('step', []), b.input('gradient', DIMS)];
  const state: Record<string, Float32Array> = {};
  const next: Record<string, string> = {};
  const outputs = ['prototypes', 'other'].flatMap((name) => {
    const parameter = b.input(name, DIMS);
    const slots = optimiser.slots.map((slot) => b.input(`${name}.${slot.name}`, DIMS));
    const made = optimiser.update({ a, parameter, gradient, slots, rate, step, decays: true });
    const given = [made.parameter, ...made.slots];
    for (const [i, input] of [parameter, ...slots].entries()) {
      state[input.name] = i === 0 ? start : new Float32Array(COUNT).fill(optimiser.slots[i - 1].initial);
      next[input.name] = b.op('Identity', [given[i]], {}, `${input.name}.next`).name;
    }
    return [parameter, ...slots].map((input) => b.value(next[input.name]));
  });
  const model = b.model(outputs);
  const seen: { prototypes: Float32Array; other: Float32Array }[] = [];
  for (const [at, each] of gradients.entries()) {
    const feeds = Object.fromEntries(
      Object.entries({ ...state, gradient: each }).map(([name, data]) => [name, rounded(DIMS, data)]),
    );
    const found = await run(model, { ...feeds, rate: rounded([], [0.1]), step: rounded([], [at + 1]) });
    for (const name of Object.keys(state)) state[name] = Float32Array.from(found[next[name]].data);
    seen.push({ prototypes: state.prototypes, other: state.other });
  }
  return seen;
}

const rows = (data: Float32Array): Float32Array =>
  data.map((value, i) => value / Math.hypot(...data.subarray(4 * (i >> 2), 4 * (i >> 2) + 4)));
const start = rows(normals(COUNT));
const gradients = Array.from({ length: 6 }, () => normals(COUNT));
const given = { start: [...start], gradients: gradients.map((each) => [...each]) };

test.each([
  ['SGD', sgd({ momentum: 0.9, weightDecay: 0.01 }), { momentum: 0.9, weight_decay: 0.01 }, true],
  ['Adam', adam({ weightDecay: 0.1 }), { weight_decay: 0.1 }, false],
] as const)('%s: frozen prototypes make the steps of PyTorch', async (name, optimiser, settings, unit) => {
  const frozen = 2;
  const expected = python<number[][]>(SWAV, { ...given, optimiser: name, settings, frozen, unit });
  const held = frozenFirst(optimiser, 'prototypes', frozen);
  const seen = await updates(unit ? unitRows(held, 'prototypes') : held, start, gradients);
  for (const [i, { prototypes }] of seen.entries()) {
    expect(relative(prototypes, Float64Array.from(expected[i])), `step ${i + 1}`).toBeLessThan(1e-5);
  }
  expect(relative(seen[frozen - 1].prototypes, start)).toBeLessThan(1e-6);
  expect(relative(seen[frozen].prototypes, start)).toBeGreaterThan(1e-2);
  // No other parameter is held or scaled.
  const free = python<number[][]>(SWAV, { ...given, optimiser: name, settings, frozen: 0, unit: false });
  expect(relative(seen[5].other, Float64Array.from(free[5]))).toBeLessThan(1e-5);
});

test('over gathered gradients the frozen steps are whole ones', async () => {
  const optimiser = sgd({ momentum: 0.9, weightDecay: 0.01 });
  const parts = await updates(frozenFirst(accumulated(optimiser, 2), 'prototypes', 2), start, gradients);
  const mean = (at: number) => gradients[at].map((value, i) => (value + gradients[at + 1][i]) / 2);
  const whole = await updates(frozenFirst(optimiser, 'prototypes', 1), start, [mean(0), mean(2), mean(4)]);
  expect([...parts[1].prototypes]).toEqual([...start]);
  for (const [i, each] of whole.entries()) {
    expect(relative(parts[2 * i + 1].prototypes, each.prototypes)).toBeLessThan(1e-5);
    expect(relative(parts[2 * i + 1].other, each.other)).toBeLessThan(1e-5);
  }
});
