import { describe, expect, test } from 'vitest';
import { Random } from '../../../core/foundation/random.ts';
import { GraphBuilder } from '../../../core/graph/builder.ts';
import { exposeTaps } from '../../../core/graph/taps.ts';
import { dynamicConvolution } from '../../../core/models/architectures/dynamic-convolution.ts';
import { faceNetwork, KINDS } from '../../../core/models/architectures/face-network.ts';
import { Layers } from '../../../core/models/architectures/layers.ts';
import { requestOf } from '../../../core/models/taps.ts';
import { difference, python } from '../graph/python.ts';
import { runModel } from '../graph/runtime.ts';

const random = new Random(21);
const normal = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());

/** Sample by sample, group by group, as equations 5.2 and 5.3 are written. */
const NAIVE = `
import torch, torch.nn.functional as F
N, C, O, S, m, n, stride = x['sizes']
t = lambda v, *s: torch.tensor(v, dtype=torch.float64).reshape(*s)
v, alpha, W = t(x['input'], N, C, S, S), t(x['alpha'], N, m, n), t(x['weight'], m, n, O // m, C // m, 3, 3)
out = []
for i in range(N):
    parts = []
    for k in range(m):
        kernel = sum(alpha[i, k, e] * W[k, e] for e in range(n))
        parts.append(F.conv2d(v[i:i+1, k * C // m:(k + 1) * C // m], kernel, padding=1, stride=stride))
    out.append(torch.cat(parts, 1))
print(json.dumps(torch.cat(out).flatten().tolist()))`;

describe('dynamic convolution', () => {
  test.each([
    { m: 1, n: 4, stride: 1, side: 7 },
    { m: 4, n: 4, stride: 1, side: 6 },
    { m: 4, n: 3, stride: 2, side: 7 },
    { m: 2, n: 2, stride: 2, side: 8 },
  ])(
    'm = $m, n = $n, stride $stride equals a convolution per sample in PyTorch',
    async ({ m, n, stride, side }) => {
      const [N, C, O] = [5, 8, 16];
      const b = new GraphBuilder('dynamic');
      const x = b.input('x', ['N', C, side, side]);
      const alpha = b.input('alpha', ['N', m, n]);
      const routing = { experts: n, groups: m, temperature: 1 };
      const y = dynamicConvolution(new Layers(b, 5), x, alpha, 'conv', O, stride, routing);
      const weight = b.graph.initialisers.get('conv.weight')?.numbers() ?? [];
      const [input, mix] = [normal(N * C * side * side), normal(N * m * n)];
      const found = await runModel(b.model([y]).encode(), {
        x: { data: input, dims: [N, C, side, side] },
        alpha: { data: mix, dims: [N, m, n] },
      });
      const expected = python<number[]>(NAIVE, {
        sizes: [N, C, O, side, m, n, stride],
        input: [...input],
        alpha: [...mix],
        weight,
      });
      expect(difference(found[y.name].data, expected)).toBeLessThan(1e-4);
    },
  );
});

const SMALL = { width: 0.125, size: 32, embedding: 24, seed: 3 } as const;

describe('networks of the thesis', () => {
  test.each([
    ['DC', 24],
    ['AS4', 96],
  ] as const)('%s: six routing weights make a routing vector of %i entries', async (kind, entries) => {
    const { model, taps, layout } = faceNetwork({ kind, ...SMALL, width: 0.25 });
    expect(layout.map(({ name }) => name)).toEqual(
      [2, 3, 4].flatMap((stage) => [1, 2].map((block) => `stage${stage}.block${block}`)),
    );
    const made = exposeTaps(model, taps.map(requestOf));
    expect(made.map(({ tap, dimensions }) => [tap, dimensions])).toEqual([
      ['embedding', 24],
      ['pooled', 32 + 64 + 128],
      ['routing', entries],
    ]);
    const found = await runModel(model.encode(), {
      input: { data: normal(2 * 3 * 1024), dims: [2, 3, 32, 32] },
    });
    const beta = Array.from(found.routing.data, Number);
    // Each group of each place is a softmax: β sums to places × groups.
    expect(beta.slice(0, entries).reduce((a, c) => a + c, 0)).toBeCloseTo(entries / 4, 4);
  });

  test('BL at full width has the parameters of IR-18 (24.0 million)', () => {
    const { model } = faceNetwork({ kind: 'BL' });
    const trained = [...model.graph.initialisers.values()].filter(
      ({ name, type }) => type === 'float32' && !name.includes('running_'),
    );
    const count = trained.reduce((sum, tensor) => sum + tensor.size, 0);
    expect(count / 1e6).toBeGreaterThan(23.9);
    expect(count / 1e6).toBeLessThan(24.1);
  });

  test('AS4 has fewer parameters than DC and nearly as many', () => {
    const count = (kind: 'DC' | 'AS4'): number =>
      [...faceNetwork({ kind, width: 0.5 }).model.graph.initialisers.values()]
        .filter(({ name }) => /conv\d.*weight$/.test(name))
        .reduce((sum, { size }) => sum + size, 0);
    expect(count('AS4') / count('DC')).toBeGreaterThan(0.5);
    expect(count('AS4') / count('DC')).toBeLessThan(1);
  });

  test.each(KINDS)('%s: the same seed gives the same bytes, another seed other ones', (kind) => {
    const bytes = (seed: number): Buffer => Buffer.from(faceNetwork({ kind, ...SMALL, seed }).model.encode());
    expect(bytes(1).equals(bytes(1))).toBe(true);
    expect(bytes(1).equals(bytes(2))).toBe(false);
  });
});
