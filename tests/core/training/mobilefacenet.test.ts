import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOrtEngine } from '../../../core/engine/ort/engine.ts';
import type { Tensor } from '../../../core/engine/types.ts';
import { plannedNetwork } from '../../../core/jobs/train/network.ts';
import { recipeOf } from '../../../core/jobs/train/recipe.ts';
import { costOf } from '../../../core/models/cost.ts';
import { crossEntropy } from '../../../core/training/losses/cross-entropy.ts';
import { sgd } from '../../../core/training/optimisers/sgd.ts';
import { TrainingRun } from '../../../core/training/run.ts';
import { trainingStep } from '../../../core/training/step.ts';
import { relative } from '../graph/gradient/check.ts';
import { python } from '../graph/python.ts';
import { BATCH, CLASSES, labels, normals, pictures, SIZE } from './small.ts';

const engine = createOrtEngine();
afterAll(() => engine.release());

const NETWORKS = fileURLToPath(new URL('../models/public-networks.py', import.meta.url));
const EMBEDDING = 16;
const STEPS = 2;
const RATE = 0.05;

const recipe = recipeOf({ network: 'mobilefacenet', size: SIZE, width: 0.25, embedding: EMBEDDING, seed: 4 });
const [{ model }] = plannedNetwork('small', recipe, undefined).files;
const step = trainingStep({
  ...{ network: model, batch: BATCH, optimiser: sgd({ momentum: 0.9, weightDecay: 5e-4 }), gradients: true },
  loss: ({ a, b, value }) => {
    const weight = b.constant('head.weight', normals(CLASSES * EMBEDDING, 0.3), [CLASSES, EMBEDDING]);
    const logits = b.op('Gemm', [value('embedding'), weight], { transB: 1 });
    return { loss: crossEntropy(a, logits, b.input('labels', [BATCH], 'int64')) };
  },
});
const batches = Array.from({ length: STEPS }, () => ({ x: pictures(), y: labels() }));

interface Reference {
  losses: number[];
  gradients: Record<string, number[]>;
  /** Weights and running averages after the first step. */
  after: Record<string, number[]>;
  parameters: number;
}

/** The public network in PyTorch and float64, at a quarter of its width, from the same weights. */
let reference: Reference;
beforeAll(() => {
  reference = python<Reference>(
    `
sys.dont_write_bytecode = True
import importlib.util, torch, torch.nn.functional as F
# Threads that wait for each other stand still on a busy machine.
torch.set_num_threads(1)
spec = importlib.util.spec_from_file_location('public', x['networks'])
public = importlib.util.module_from_spec(spec); spec.loader.exec_module(public)
class Classifier(torch.nn.Module):
    def __init__(self):
        super().__init__()
        side = x['size'] // 16
        self.net = public.PreluMobileFaceNet((side, side), 0.25, ${EMBEDDING})
        self.head = torch.nn.Linear(${EMBEDDING}, ${CLASSES}, bias=False)
    def forward(self, v): return self.head(self.net(v))
c = Classifier().double().train()
named = lambda name: name[4:] if name.startswith('net.') else name
state = {name: (t if name.endswith('tracked') else torch.tensor(x['first'][named(name)], dtype=torch.float64).reshape(t.shape)) for name, t in c.state_dict().items()}
c.load_state_dict(state)
decays = lambda p: p.dim() > 1
groups = [{'params': [p for p in c.parameters() if decays(p)]}, {'params': [p for p in c.parameters() if not decays(p)], 'weight_decay': 0.0}]
o = torch.optim.SGD(groups, lr=${RATE}, momentum=0.9, weight_decay=5e-4)
losses, gradients = [], None
for pictures, labels in x['steps']:
    o.zero_grad()
    loss = F.cross_entropy(c(torch.tensor(pictures, dtype=torch.float64).reshape(-1, 3, x['size'], x['size'])), torch.tensor(labels))
    loss.backward()
    if gradients is None: gradients = {named(name): p.grad.flatten().tolist() for name, p in c.named_parameters()}
    o.step()
    losses.append(loss.item())
    if len(losses) == 1: after = {named(name): t.flatten().tolist() for name, t in c.state_dict().items() if not name.endswith('tracked')}
count = sum(p.numel() for p in public.PreluMobileFaceNet((7, 7)).parameters())
print(json.dumps({'losses': losses, 'gradients': gradients, 'after': after, 'parameters': count}))`,
    {
      ...{ networks: NETWORKS, size: SIZE },
      first: Object.fromEntries(
        step.state
          .filter(({ kind }) => kind !== 'slot')
          .map(({ name, initial }) => [name, initial.numbers()]),
      ),
      steps: batches.map(({ x, y }) => [[...x], y]),
    },
  );
}, 300_000);

test('MobileFaceNet as it is trained has the parameters of the public one over square pictures', () => {
  const whole = recipeOf({ network: 'mobilefacenet' });
  expect(whole.network).toMatchObject({ size: 112, embedding: 128 });
  const plan = plannedNetwork('whole', whole, undefined);
  expect(costOf(plan.files[0].model).parameters).toBe(reference.parameters);
  expect(plan.manifest).toMatchObject({
    outputs: [{ name: 'embedding', shape: ['N', 128] }],
    taps: [{ name: 'embedding' }, { name: 'pooled' }],
    preparation: { size: [112, 112] },
    trained: false,
  });
});

test('its steps are those of PyTorch: gradients, losses, weights and running averages', async () => {
  const feeds = batches.map(
    ({ x, y }): Record<string, Tensor> => ({
      input: { type: 'float32', data: x, dims: [BATCH, 3, SIZE, SIZE] },
      labels: { type: 'int64', data: BigInt64Array.from(y, BigInt), dims: [BATCH] },
    }),
  );
  const session = await engine.open(step.model.encode(), { device: 'cpu' });
  const first = await session.run({
    ...feeds[0],
    ...Object.fromEntries(
      step.state.map(({ name, initial }) => [
        name,
        { type: 'float32', data: initial.elements() as Float32Array, dims: initial.dims } as const,
      ]),
    ),
    rate: { type: 'float32', data: Float32Array.of(RATE), dims: [] },
  });
  await session.dispose();
  const scale = Math.max(
    ...Object.values(reference.gradients).map((each) => Math.max(...each.map(Math.abs))),
  );
  for (const [parameter, expected] of Object.entries(reference.gradients)) {
    const found = Array.from(first[`gradient.${parameter}`].data, Number);
    expect(relative(found, expected, scale / 100), `gradient of ${parameter}`).toBeLessThan(1e-4);
  }
  const run = await TrainingRun.open(engine, step, { device: 'cpu' });
  const losses = [(await run.step(feeds[0], RATE)).loss];
  const { values } = await run.state();
  losses.push((await run.step(feeds[1], RATE)).loss);
  for (const [i, loss] of losses.entries()) {
    expect(Math.abs(loss - reference.losses[i]) / reference.losses[i], `loss ${i}`).toBeLessThan(1e-4);
  }
  const slots = new Set(step.state.filter(({ kind }) => kind === 'slot').map(({ name }) => name));
  expect(new Set(Object.keys(values).filter((name) => !slots.has(name)))).toEqual(
    new Set(Object.keys(reference.after)),
  );
  for (const [parameter, expected] of Object.entries(reference.after)) {
    expect(relative(values[parameter], expected, 0.01), parameter).toBeLessThan(1e-4);
  }
  await run.dispose();
});

test('it has no routing: neither clusters nor a temperature are for it', () => {
  const refused = (words: object) => () =>
    plannedNetwork('no', recipeOf({ network: 'mobilefacenet', ...words }), undefined);
  expect(refused({ clusters: 3 })).toThrow(/has no routing vector to cluster/);
  expect(refused({ annealFrom: 30 })).toThrow(
    /'mobilefacenet' has no routing weights whose temperature could be lowered/,
  );
});
