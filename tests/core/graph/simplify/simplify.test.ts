import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Algebra } from '../../../../core/graph/algebra.ts';
import { GraphBuilder } from '../../../../core/graph/builder.ts';
import { differentiate } from '../../../../core/graph/gradient/differentiate.ts';
import { Model } from '../../../../core/graph/model.ts';
import { fixConstants } from '../../../../core/graph/order.ts';
import { simplify } from '../../../../core/graph/simplify/simplify.ts';
import { faceNetwork } from '../../../../core/models/architectures/face-network.ts';
import { normals, relative, rounded, run } from '../gradient/check.ts';
import { haveWeights, NETWORKS, WEIGHTS } from '../runtime.ts';

const ops = (model: Model): string[] => model.graph.nodes.map(({ opType }) => opType);

test('shapes that are computed become constants', () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [2, 3, 4]);
  const first = b.op('Gather', [b.op('Shape', [x]), b.ints([0])], { axis: 0 });
  const y = b.op('Reshape', [x, b.op('Concat', [first, b.ints([-1])], { axis: 0 })]);
  const model = b.model([y]);
  expect(simplify(model)).toBe(3);
  expect(ops(model)).toEqual(['Reshape']);
  expect(model.graph.initialisers.get(model.graph.nodes[0].inputs[1])?.numbers()).toEqual([2, -1]);
});

test('arithmetic on constants gives what float32 gives', async () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [3]);
  const c = b.constant('c', Float32Array.of(0.1, 0.2, 0.7));
  const y = b.op('Mul', [x, b.op('Sqrt', [b.op('Div', [b.op('Add', [c, b.scalar(0.3)]), b.scalar(3)])])]);
  const model = b.model([y]);
  const feeds = { x: rounded([3], [1, 1, 1]) };
  const before = await run(model, feeds, 'disabled');
  simplify(model);
  expect(ops(model)).toEqual(['Mul']);
  expect(await run(model, feeds)).toEqual(before);
});

test('what changes nothing goes, and transposes that cancel', () => {
  const b = new GraphBuilder('g');
  const a = new Algebra(b);
  const x = b.input('x', [2, 3, 4]);
  let y = b.op('Transpose', [b.op('Transpose', [x], { perm: [1, 2, 0] })], { perm: [2, 0, 1] });
  y = b.op('Add', [b.op('Mul', [y, b.scalar(1)]), b.scalar(0)]);
  y = b.op('Reshape', [b.op('Reshape', [b.op('Identity', [y]), b.ints([6, 4])]), b.ints([2, 3, 4])]);
  const model = b.model([a.times(y, 2)]);
  simplify(model);
  expect(ops(model)).toEqual(['Mul']);
});

test('a number that spreads its partner is not taken for nothing', () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [1]);
  const y = b.op('Mul', [x, b.constant('ones', Float32Array.of(1), [1, 1])]);
  const model = b.model([b.op('Exp', [y])]);
  simplify(model);
  expect(ops(model)).toEqual(['Mul', 'Exp']);
});

test('equal nodes and constants are kept once; different attributes, outputs and random numbers are kept apart', () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [2, 4]);
  const sum = (axis: number) => b.op('ReduceSum', [b.op('Exp', [x]), b.ints([axis])], { keepdims: 1 });
  const noise = () => b.op('RandomNormalLike', [x]);
  const y = b.op('Sum', [sum(0), sum(0), sum(1), noise(), noise()]);
  const model = b.model([y]);
  simplify(model);
  expect(ops(model).sort()).toEqual(
    ['Exp', 'RandomNormalLike', 'RandomNormalLike', 'ReduceSum', 'ReduceSum', 'Sum'].sort(),
  );
});

test('outputs keep their names, also where two are the same', async () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [2]);
  const model = b.model([
    b.op('Exp', [x], {}, 'p'),
    b.op('Exp', [x], {}, 'q'),
    b.op('Identity', [x], {}, 'r'),
  ]);
  simplify(model);
  const found = await run(model, { x: rounded([2], [0, 1]) });
  expect(found.p).toEqual(found.q);
  expect([...found.r.data]).toEqual([0, 1]);
});

describe('a simplified graph computes the same', () => {
  test('the gradient of a network', async () => {
    const { model } = faceNetwork({ kind: 'AS4', width: 0.25, size: 32, embedding: 16, seed: 3 });
    const b = GraphBuilder.onto(model, { inputs: { input: [2, 3, 32, 32] } });
    const seed = b.input('seed', [2, 16]);
    const weight = b.value('stage1.block1.conv1.weight');
    const [dx, dw] = differentiate(b, b.value('embedding'), [b.value('input'), weight], { seed });
    const whole = b.model([dx, dw]);
    const feeds = { input: rounded([2, 3, 32, 32], normals(6144)), seed: rounded([2, 16], normals(32)) };
    const before = await run(whole, feeds);
    const count = whole.graph.nodes.length;
    expect(simplify(whole)).toBeGreaterThan(count / 10);
    const after = await run(whole, feeds);
    for (const { name } of [dx, dw]) {
      expect(relative(after[name].data, before[name].data)).toBeLessThan(1e-5);
    }
  });

  test.skipIf(!haveWeights).each(NETWORKS)('%s', async (file) => {
    const model = Model.read(join(WEIGHTS, file));
    fixConstants(model.graph);
    const [input] = model.graph.fedInputs();
    const dims = (input.shape ?? []).map((dim) => (typeof dim === 'number' ? dim : 1));
    const feeds = { [input.name]: rounded(dims, normals(dims.reduce((p, d) => p * d, 1))) };
    const before = await run(model, feeds);
    simplify(model);
    const after = await run(model, feeds);
    for (const [name, { data }] of Object.entries(before)) {
      expect(relative(after[name].data, data)).toBeLessThan(1e-5);
    }
  });
});
