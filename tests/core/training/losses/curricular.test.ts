import { afterAll, expect, test } from 'vitest';
import { createOrtEngine } from '../../../../core/engine/ort/engine.ts';
import { Random } from '../../../../core/foundation/random.ts';
import { GraphBuilder } from '../../../../core/graph/builder.ts';
import { CURRICULAR, HARDNESS } from '../../../../core/training/losses/curricular.ts';
import { identityLoss } from '../../../../core/training/losses/identity.ts';
import { sgd } from '../../../../core/training/optimisers/sgd.ts';
import { TrainingRun } from '../../../../core/training/run.ts';
import { type TrainingStep, trainingStep } from '../../../../core/training/step.ts';
import { difference, python } from '../../graph/python.ts';

const engine = createOrtEngine();
afterAll(() => engine.release());

const N = 12;
const D = 6;
const C = 7;
const RATE = 0.02;
const STEPS = 4;
const normals = (count: number, seed: number): Float32Array => {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, () => random.normal());
};
const first = {
  // Nearly the identity, so that pictures can be placed.
  'fc.weight': normals(D * D, 1).map((value, i) => 0.1 * value + (i % (D + 1) === 0 ? 1 : 0)),
  'identities.weight': normals(C * D, 2),
};
const batches = Array.from({ length: STEPS }, (_, i) => ({
  x: normals(N * D, 10 + i),
  y: Array.from({ length: N }, (_, j) => (5 * j + i) % C),
}));
// One picture points away from its own identity: θ + m passes π there.
for (let j = 0; j < D; j++) batches[0].x[j] = -2 * first['identities.weight'][batches[0].y[0] * D + j];

/** A linear network with CurricularFace on it. */
function step(): TrainingStep {
  const b = new GraphBuilder('linear');
  const weight = b.constant('fc.weight', first['fc.weight'].slice(), [D, D]);
  const embedding = b.op('Gemm', [b.input('input', ['N', D]), weight], { transB: 1 }, 'embedding');
  return trainingStep({
    ...{ network: b.model([embedding]), batch: N, optimiser: sgd({ weightDecay: 0 }), gradients: true },
    loss: ({ a, b, value }) => {
      const rows = b.constant('identities.weight', first['identities.weight'].slice(), [C, D]);
      const given = { embedding: value('embedding'), weight: rows, labels: b.input('labels', [N], 'int64') };
      const { loss, carried } = identityLoss(a, given, { kind: 'curricularface', ...CURRICULAR });
      return { loss, carried: carried && [carried] };
    },
  });
}

const feeds = ({ x, y }: (typeof batches)[number]) => ({
  input: { type: 'float32', data: x, dims: [N, D] } as const,
  labels: { type: 'int64', data: BigInt64Array.from(y, BigInt), dims: [N] } as const,
});

interface Reference {
  losses: number[];
  t: number[];
  hard: number[];
  beyond: number;
  gradients: Record<string, number[]>;
  end: Record<string, number[]>;
}

/** Huang et al. 2020, equations 5 to 10, with the order of the public code: t first, then the logits. */
const reference = (): Reference =>
  python<Reference>(
    `
import math, torch
import torch.nn.functional as F
torch.set_default_dtype(torch.float64)
s, m = ${CURRICULAR.scale}, ${CURRICULAR.margin}
P = {k: torch.tensor(v).view(-1, ${D}).requires_grad_() for k, v in x['first'].items()}
optimiser = torch.optim.SGD(P.values(), lr=${RATE}, momentum=0.9)
t = torch.zeros(())
out = {'losses': [], 't': [], 'hard': [], 'beyond': 0}
for step in x['batches']:
    y = torch.tensor(step['y'])
    cos = F.linear(F.normalize(F.linear(torch.tensor(step['x']).view(-1, ${D}), P['fc.weight'])), F.normalize(P['identities.weight']))
    own = cos[torch.arange(len(y)), y][:, None]
    with torch.no_grad():
        t = 0.01 * own.mean() + 0.99 * t
    theta = torch.acos(own)
    margined = torch.cos(theta + m)
    positive = torch.where(theta + m < math.pi, margined, own - m * math.sin(m))
    hard = cos > margined
    logits = torch.where(hard, cos * (t + cos), cos).scatter(1, y[:, None], positive) * s
    loss = F.cross_entropy(logits, y)
    optimiser.zero_grad()
    loss.backward()
    if not out['losses']: out['gradients'] = {k: v.grad.flatten().tolist() for k, v in P.items()}
    optimiser.step()
    out['losses'].append(loss.item())
    out['t'].append(t.item())
    out['hard'].append(int(hard.sum()))
    out['beyond'] += int((theta + m >= math.pi).sum())
out['end'] = {k: v.detach().flatten().tolist() for k, v in P.items()}
print(json.dumps(out))`,
    {
      first: Object.fromEntries(Object.entries(first).map(([name, data]) => [name, [...data]])),
      batches: batches.map(({ x, y }) => ({ x: [...x], y })),
    },
  );

test('CurricularFace makes the steps of PyTorch: losses, gradients, t, weights', async () => {
  const expected = reference();
  // The formula's cases are all met.
  expect(Math.min(...expected.hard)).toBeGreaterThan(0);
  expect(Math.max(...expected.hard)).toBeLessThan(N * C);
  expect(expected.beyond).toBeGreaterThan(0);

  const made = step();
  expect(made.state.find(({ name }) => name === HARDNESS)?.kind).toBe('carried');
  const run = await TrainingRun.open(engine, made, { device: 'cpu' });
  const once = await engine.open(made.model.encode(), { device: 'cpu' });
  const given = Object.fromEntries(
    made.state.map(({ name, initial }) => [
      name,
      { type: 'float32', data: initial.elements() as Float32Array, dims: initial.dims } as const,
    ]),
  );
  const rate = { type: 'float32', data: Float32Array.of(RATE), dims: [] } as const;
  const gradients = await once.run({ ...feeds(batches[0]), ...given, rate });
  await once.dispose();
  for (const [name, values] of Object.entries(expected.gradients)) {
    const largest = Math.max(...values.map(Math.abs));
    expect(difference(gradients[`gradient.${name}`].data, values) / largest, name).toBeLessThan(1e-4);
  }
  for (const [i, batch] of batches.entries()) {
    const { loss } = await run.step(feeds(batch), RATE);
    expect(Math.abs(loss - expected.losses[i]) / expected.losses[i], `loss ${i}`).toBeLessThan(1e-4);
    expect((await run.state()).values[HARDNESS][0], `t ${i}`).toBeCloseTo(expected.t[i], 6);
  }
  const { values } = await run.state();
  for (const [name, wanted] of Object.entries(expected.end)) {
    const largest = Math.max(...wanted.map(Math.abs));
    expect(difference(values[name], wanted) / largest, name).toBeLessThan(1e-4);
  }
  await run.dispose();
});

test('t is a part of the state: a run that is restored goes on with the same losses', async () => {
  const whole = await TrainingRun.open(engine, step(), { device: 'cpu' });
  for (const batch of batches.slice(0, 2)) await whole.step(feeds(batch), RATE);
  const kept = await whole.state();
  const wanted = [await whole.step(feeds(batches[2]), RATE), await whole.step(feeds(batches[3]), RATE)];
  const resumed = await TrainingRun.open(engine, step(), { device: 'cpu' });
  await resumed.restore(kept);
  expect([await resumed.step(feeds(batches[2]), RATE), await resumed.step(feeds(batches[3]), RATE)]).toEqual(
    wanted,
  );
  await resumed.restore({ ...kept, values: { ...kept.values, [HARDNESS]: Float32Array.of(0) } });
  expect(await resumed.step(feeds(batches[2]), RATE)).not.toEqual(wanted[0]);
  await whole.dispose();
  await resumed.dispose();
});
