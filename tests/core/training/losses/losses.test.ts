import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { Random } from '../../../../core/foundation/random.ts';
import { Algebra } from '../../../../core/graph/algebra.ts';
import { GraphBuilder, type Handle } from '../../../../core/graph/builder.ts';
import { differentiate } from '../../../../core/graph/gradient/differentiate.ts';
import {
  prototypeScores,
  SINKHORN,
  sinkhorn,
  softCrossEntropy,
} from '../../../../core/training/losses/clustering.ts';
import { MARGINS, type MarginKind, marginLoss } from '../../../../core/training/losses/margin.ts';
import { difference, python } from '../../graph/python.ts';

const N = 12;
const D = 6;
const C = 9;

const normals = (count: number, seed: number): Float32Array => {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, () => random.normal());
};
const labels = Array.from({ length: N }, (_, i) => (i * 5) % C);
const embedding = normals(N * D, 1);
const weight = normals(C * D, 2);
// One embedding points away from its own weight: θ + m passes π there.
for (let j = 0; j < D; j++) embedding[j] = -2 * weight[labels[0] * D + j];

/** Builds a graph of two matrices, and gives its outputs in order. */
async function outputsOf(
  matrices: Record<string, { data: Float32Array; dims: [number, number] }>,
  build: (a: Algebra, given: Record<string, Handle>) => Handle[],
): Promise<Float32Array[]> {
  const b = new GraphBuilder('loss');
  const given = Object.fromEntries(
    Object.entries(matrices).map(([name, { dims }]) => [name, b.input(name, dims)]),
  );
  const made = build(new Algebra(b), given);
  const session = await InferenceSession.create(b.model(made).encode());
  const answer = await session.run(
    Object.fromEntries(
      Object.entries(matrices).map(([name, { data, dims }]) => [name, new Tensor('float32', data, dims)]),
    ),
  );
  await session.release();
  return made.map(({ name }) => answer[name].data as Float32Array);
}

const matrices = {
  embedding: { data: embedding, dims: [N, D] as [number, number] },
  weight: { data: weight, dims: [C, D] as [number, number] },
};

describe.each(Object.keys(MARGINS) as MarginKind[])('the %s loss', (kind) => {
  test('and its gradients equal PyTorch’s autograd over the published formula', async () => {
    const { scale, margin } = MARGINS[kind];
    const [loss, byEmbedding, byWeight] = await outputsOf(matrices, (a, given) => {
      const made = marginLoss(
        a,
        {
          embedding: given.embedding,
          weight: given.weight,
          labels: a.b.constant('labels', BigInt64Array.from(labels, BigInt)),
        },
        { kind, scale, margin },
      );
      return [made.loss, ...differentiate(a.b, made.loss, [given.embedding, given.weight])];
    });
    const reference = python<{ loss: number; embedding: number[]; weight: number[] }>(
      `
import math, torch
import torch.nn.functional as F
e = torch.tensor(x['embedding'], dtype=torch.float64).view(${N}, ${D}).requires_grad_()
w = torch.tensor(x['weight'], dtype=torch.float64).view(${C}, ${D}).requires_grad_()
y = torch.tensor(x['labels'])
s, m = ${scale}, ${margin}
if '${kind}' == 'softmax':
    logits = s * F.linear(e, w)
else:
    cos = F.linear(F.normalize(e), F.normalize(w)).clamp(-1, 1)
    own = cos.gather(1, y[:, None])
    if '${kind}' == 'cosface':
        target = own - m
    else:
        theta = torch.acos(own.clamp(-1 + 5e-10, 1 - 5e-10))
        target = torch.where(theta + m < math.pi, torch.cos(theta + m), own - m * math.sin(m))
    logits = s * cos.scatter(1, y[:, None], target)
loss = F.cross_entropy(logits, y)
loss.backward()
print(json.dumps({'loss': loss.item(), 'embedding': e.grad.flatten().tolist(), 'weight': w.grad.flatten().tolist()}))`,
      { embedding: [...embedding], weight: [...weight], labels },
    );
    expect(Math.abs(loss[0] - reference.loss) / Math.abs(reference.loss)).toBeLessThan(1e-5);
    for (const [ours, theirs] of [
      [byEmbedding, reference.embedding],
      [byWeight, reference.weight],
    ] as const) {
      const largest = Math.max(...theirs.map(Math.abs));
      expect(difference(ours, theirs) / largest).toBeLessThan(1e-4);
    }
  });
});

describe('Sinkhorn–Knopp', () => {
  const scores = normals(16 * 5, 3).map((value) => Math.tanh(value));

  test('gives the assignments that the paper’s algorithm gives in double precision', async () => {
    const [q] = await outputsOf({ scores: { data: scores, dims: [16, 5] } }, (a, given) => [
      sinkhorn(a, given.scores),
    ]);
    // Algorithm 1 of the SwAV paper, with the constants that ours leaves out.
    const reference = python<number[]>(
      `
import numpy as np
Q = np.exp(np.array(x, dtype=np.float64).reshape(16, 5).T / ${SINKHORN.epsilon})
Q /= Q.sum()
K, B = Q.shape
for _ in range(${SINKHORN.iterations}):
    Q /= Q.sum(axis=1, keepdims=True); Q /= K
    Q /= Q.sum(axis=0, keepdims=True); Q /= B
print(json.dumps((Q * B).T.flatten().tolist()))`,
      [...scores],
    );
    expect(difference(q, reference)).toBeLessThan(1e-5);
  });

  test('with many iterations uses every prototype equally', async () => {
    const [q] = await outputsOf({ scores: { data: scores, dims: [16, 5] } }, (a, given) => [
      sinkhorn(a, given.scores, { epsilon: 0.3, iterations: 60 }),
    ]);
    for (let p = 0; p < 5; p++) {
      let share = 0;
      for (let i = 0; i < 16; i++) share += q[i * 5 + p];
      expect(share).toBeCloseTo(16 / 5, 3);
    }
  });
});

test('the clustering loss leads no gradient through its pseudo-labels', async () => {
  const [loss, byVectors, byPrototypes] = await outputsOf(matrices, (a, given) => {
    const scores = prototypeScores(a, given.embedding, given.weight);
    const targets = sinkhorn(a, scores);
    const made = softCrossEntropy(a, scores, targets, 0.1);
    return [made, ...differentiate(a.b, made, [given.embedding, given.weight], { constants: [targets] })];
  });
  const reference = python<{ loss: number; vectors: number[]; prototypes: number[] }>(
    `
import torch
import torch.nn.functional as F
v = torch.tensor(x['embedding'], dtype=torch.float64).view(${N}, ${D}).requires_grad_()
c = torch.tensor(x['weight'], dtype=torch.float64).view(${C}, ${D}).requires_grad_()
scores = F.linear(F.normalize(v), F.normalize(c))
with torch.no_grad():
    Q = torch.exp(scores / ${SINKHORN.epsilon})
    for _ in range(${SINKHORN.iterations}):
        Q = Q / Q.sum(0, keepdim=True)
        Q = Q / Q.sum(1, keepdim=True)
loss = -(Q * F.log_softmax(scores / 0.1, dim=1)).sum(1).mean()
loss.backward()
print(json.dumps({'loss': loss.item(), 'vectors': v.grad.flatten().tolist(), 'prototypes': c.grad.flatten().tolist()}))`,
    { embedding: [...embedding], weight: [...weight] },
  );
  expect(loss[0]).toBeCloseTo(reference.loss, 4);
  expect(difference(byVectors, reference.vectors)).toBeLessThan(1e-4);
  expect(difference(byPrototypes, reference.prototypes)).toBeLessThan(1e-4);
});
