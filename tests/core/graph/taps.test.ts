import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Random } from '../../../core/foundation/random.ts';
import { GraphBuilder } from '../../../core/graph/builder.ts';
import { Model } from '../../../core/graph/model.ts';
import { exposeTaps, type TapRequest } from '../../../core/graph/taps.ts';
import { difference, python } from './python.ts';
import { haveWeights, runModel, WEIGHTS } from './runtime.ts';

/** A small network with two stages and a classifier, at an opset. */
function network(opset: number): { model: Model; weights: Record<string, number[]> } {
  const random = new Random(9);
  const weights: Record<string, number[]> = {};
  const b = new GraphBuilder('small', opset);
  const w = (name: string, dims: number[]) => {
    const data = Float32Array.from({ length: dims.reduce((p, d) => p * d, 1) }, () => random.normal() * 0.3);
    weights[name] = [...data];
    return b.constant(name, data, dims);
  };
  const first = b.op(
    'Relu',
    [b.op('Conv', [b.input('x', ['N', 3, 8, 8]), w('w1', [4, 3, 3, 3])], { pads: [1, 1, 1, 1] })],
    {},
    'stage1',
  );
  const second = b.op(
    'Relu',
    [b.op('Conv', [first, w('w2', [6, 4, 3, 3])], { strides: [2, 2] })],
    {},
    'stage2',
  );
  const y = b.op(
    'Gemm',
    [b.op('Flatten', [b.op('GlobalAveragePool', [second])]), w('w3', [6, 5])],
    {},
    'logits',
  );
  return { model: b.model([y]), weights };
}

const REFERENCE = `
import torch, torch.nn.functional as F
t = lambda name, *s: torch.tensor(x['weights'][name], dtype=torch.float64).reshape(*s)
v = torch.tensor(x['input'], dtype=torch.float64).reshape(5, 3, 8, 8)
a = F.relu(F.conv2d(v, t('w1', 4, 3, 3, 3), padding=1))
b = F.relu(F.conv2d(a, t('w2', 6, 4, 3, 3), stride=2))
both = torch.cat([a.mean((2, 3)), b.mean((2, 3))], 1)
top = torch.cat([a.amax((2, 3)), b.amax((2, 3))], 1)
print(json.dumps({
  'pooled': F.normalize(both).flatten().tolist(),
  'top': top.flatten().tolist(),
  'whole': F.normalize(b.flatten(1)).flatten().tolist(),
  'logits': (b.mean((2, 3)) @ t('w3', 6, 5)).flatten().tolist(),
}))`;

const TAPS: TapRequest[] = [
  { name: 'pooled', values: ['stage1', 'stage2'], pool: 'average', normalise: 'l2' },
  { name: 'top', values: ['stage1', 'stage2'], pool: 'max', normalise: 'none' },
  { name: 'whole', values: ['stage2'], pool: 'none', normalise: 'l2' },
];

describe('taps', () => {
  // 18 is where ReduceL2 takes its axes as an input.
  test.each([13, 17, 18, 21])('opset %i: pooled, joined and normalised as PyTorch does it', async (opset) => {
    const { model, weights } = network(opset);
    const made = exposeTaps(model, TAPS, ['logits']);
    expect(made.map(({ dimensions }) => dimensions)).toEqual([10, 10, 54]);
    const random = new Random(4);
    const input = Float32Array.from({ length: 5 * 192 }, () => random.normal());
    const found = await runModel(model.encode(), { x: { data: input, dims: [5, 3, 8, 8] } });
    const expected = python<Record<string, number[]>>(REFERENCE, { weights, input: [...input] });
    for (const [name, values] of Object.entries(expected)) {
      expect(difference(found[name].data, values), name).toBeLessThan(1e-5);
    }
  });

  test('what no wanted output needs is removed', () => {
    const { model } = network(17);
    exposeTaps(model, [{ name: 'early', values: ['stage1'], pool: 'average', normalise: 'none' }]);
    expect(model.graph.nodes.map(({ opType }) => opType)).toEqual([
      'Conv',
      'Relu',
      'GlobalAveragePool',
      'Flatten',
      'Identity',
    ]);
    expect([...model.graph.initialisers.keys()]).toEqual(['w1']);
  });

  test('a zero vector stays zero', async () => {
    const { model } = network(17);
    exposeTaps(model, [TAPS[2]]);
    const found = await runModel(model.encode(), { x: { data: new Float32Array(192), dims: [1, 3, 8, 8] } });
    expect(Array.from(found.whole.data).every((value) => value === 0)).toBe(true);
  });

  test('a value that is not there is named, with those near it', () => {
    const { model } = network(17);
    expect(() =>
      exposeTaps(model, [{ name: 't', values: ['stage'], pool: 'none', normalise: 'none' }]),
    ).toThrow(/Tap 't' wants the value 'stage', .* near it: 'stage1', 'stage2'/);
    expect(() =>
      exposeTaps(model, [{ name: 't', values: ['logits'], pool: 'max', normalise: 'none' }]),
    ).toThrow(/no spatial dimensions/);
    expect(() => exposeTaps(model, [{ name: 't', values: ['w3'], pool: 'none', normalise: 'none' }])).toThrow(
      /does not begin with the batch/,
    );
  });

  test.skipIf(!haveWeights)('MobileFaceNet: a tap equals the same value taken out by hand', async () => {
    const read = (): Model => Model.read(join(WEIGHTS, 'mobilefacenet_foamliu.onnx'));
    const value = '/features/features.11/Add_output_0';
    const random = new Random(5);
    const feeds = {
      input0: { data: Float32Array.from({ length: 37632 }, () => random.normal()), dims: [1, 3, 112, 112] },
    };
    const tapped = read();
    exposeTaps(tapped, [{ name: 'mean', values: [value], pool: 'average', normalise: 'none' }]);
    const plain = read();
    exposeTaps(plain, [{ name: 'all', values: [value], pool: 'none', normalise: 'none' }]);
    const mean = (await runModel(tapped.encode(), feeds)).mean.data;
    const all = (await runModel(plain.encode(), feeds)).all.data;
    const own = Array.from({ length: 128 }, (_, c) => {
      let sum = 0;
      for (let i = 0; i < 196; i++) sum += Number(all[c * 196 + i]);
      return sum / 196;
    });
    expect(difference(mean, own)).toBeLessThan(1e-5);
  });
});
