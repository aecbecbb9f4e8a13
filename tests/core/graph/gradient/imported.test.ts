import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../../core/graph/builder.ts';
import { differentiate } from '../../../../core/graph/gradient/differentiate.ts';
import { GraphNode, ValueInfo } from '../../../../core/graph/graph.ts';
import { Model } from '../../../../core/graph/model.ts';
import { fixConstants } from '../../../../core/graph/order.ts';
import { exposeTaps } from '../../../../core/graph/taps.ts';
import { upgraded } from '../../../../core/graph/upgrade.ts';
import { type Dense, dense, sizeOf } from '../reference/array.ts';
import { evaluate } from '../reference/evaluate.ts';
import { haveWeights, NETWORKS, WEIGHTS } from '../runtime.ts';
import { normals, relative, rounded, run } from './check.ts';

function opened(file: string): { model: Model; feeds: Record<string, Dense> } {
  const model = Model.read(join(WEIGHTS, file));
  fixConstants(model.graph);
  const [input] = model.graph.fedInputs();
  const dims = (input.shape ?? []).map((dim) => (typeof dim === 'number' ? dim : 1));
  return { model, feeds: { [input.name]: rounded(dims, normals(sizeOf(dims))) } };
}

/** A model of an old opset with one node. */
function old(opset: number, node: GraphNode, dims: number[]): Model {
  const b = new GraphBuilder('old', opset);
  b.graph.inputs.push(ValueInfo.tensor('x', 'float32', dims));
  b.graph.nodes.push(node);
  b.graph.outputs.push(ValueInfo.tensor('y', 'float32', null));
  return new Model(b.graph, { opsetImport: [{ version: opset }] }, 'old');
}

describe('a model of an old opset computes the same as one of opset 17', () => {
  test.each<[string, number, Parameters<typeof GraphNode.of>[3], number[]]>([
    ['Softmax', 9, { axis: 1 }, [2, 3, 4]],
    ['Softmax', 11, {}, [2, 3, 4]],
    ['LogSoftmax', 12, { axis: 2 }, [2, 3, 4]],
    ['Clip', 7, { min: -0.5, max: { float: 1 } }, [12]],
    ['Squeeze', 11, { axes: [1] }, [3, 1, 4]],
    ['Unsqueeze', 11, { axes: [0, 2] }, [3, 4]],
    ['ReduceSum', 11, { axes: [1], keepdims: 0 }, [3, 4]],
    ['Pad', 9, { pads: [0, 1, 2, 0], value: 0.5 }, [3, 4]],
    ['Slice', 9, { starts: [1], ends: [3], axes: [1] }, [3, 4]],
    ['Upsample', 7, { scales: { floats: [1, 1, 2, 3] }, mode: 'nearest' }, [1, 2, 3, 4]],
    ['Upsample', 7, { scales: { floats: [1, 1, 2, 2] }, mode: 'linear' }, [1, 2, 3, 4]],
    ['Dropout', 7, { ratio: 0.5 }, [5]],
  ])('%s of opset %d', async (op, opset, attributes, dims) => {
    const model = old(opset, GraphNode.of(op, ['x'], ['y'], attributes, 'n'), dims);
    const feeds = { x: rounded(dims, normals(sizeOf(dims))) };
    const made = upgraded(model);
    expect(made.opset).toBe(17);
    const [before, after] = [await run(model, feeds), await run(made, feeds)];
    expect(after.y.dims).toEqual(before.y.dims);
    expect(relative(after.y.data, before.y.data)).toBeLessThan(1e-6);
  });

  test('models that are too old, or hold graphs of their own, are refused', () => {
    const node = GraphNode.of('Relu', ['x'], ['y']);
    expect(() => upgraded(old(6, node, [2]))).toThrow(/'old' has opset 6; allowed: 7 and later/);
    const inner = new GraphBuilder('inner').graph;
    const loop = GraphNode.of('Loop', ['x'], ['y'], { body: inner }, 'again');
    expect(() => upgraded(old(11, loop, [2]))).toThrow(/Loop 'again' holds graphs of its own/);
    expect(() => {
      const b = GraphBuilder.onto(old(9, node, [2]));
      differentiate(b, b.value('y'), [b.value('x')]);
    }).toThrow(/opset 9; gradients are written for 13 and later/);
  });
});

describe.skipIf(!haveWeights)('networks that others exported', () => {
  test.each(NETWORKS)('%s computes the same after its upgrade', async (file) => {
    const { model, feeds } = opened(file);
    const made = upgraded(model);
    const [before, after] = [await run(model, feeds), await run(made, feeds)];
    for (const [name, { data }] of Object.entries(before)) {
      expect(relative(after[name].data, data)).toBeLessThan(1e-5);
    }
  });

  /** The slope along a random direction of the input, against two runs of the float64 reference. */
  test.each(['mobilefacenet_foamliu.onnx', 'pfld.onnx', 'fsanet-1x1-iter-688590.onnx'])(
    '%s has the slope that float64 differences have',
    async (file) => {
      const { model: imported, feeds } = opened(file);
      const model = upgraded(imported);
      const [name] = Object.keys(feeds);
      const { name: output } = model.graph.outputs.at(-1)!;
      const forward = model.copy();
      const b = GraphBuilder.onto(model, { inputs: { [name]: feeds[name].dims } });
      const y = b.value(output);
      const seed = b.input('seed', y.shape!);
      const [gradient] = differentiate(b, y, [b.value(name)], { seed });
      const weights = rounded(y.shape as number[], normals(sizeOf(y.shape as number[])));
      const found = await run(b.model([gradient]), { ...feeds, seed: weights });
      const direction = normals(feeds[name].data.length);
      const at = (step: number): number => {
        const { dims, data } = feeds[name];
        const moved = dense(
          dims,
          data.map((v, i) => v + step * direction[i]),
        );
        const value = evaluate(forward, { [name]: moved }).get(output)!;
        return value.data.reduce((sum, v, i) => sum + v * weights.data[i], 0);
      };
      const step = 1e-6;
      const slope = (at(step) - at(-step)) / (2 * step);
      const along = found[gradient.name].data.reduce((sum, v, i) => sum + v * direction[i], 0);
      expect(Math.abs(along - slope) / Math.abs(slope)).toBeLessThan(1e-3);
    },
  );

  test('what a tap gives has a gradient too', async () => {
    const { model: imported, feeds } = opened('mobilefacenet_foamliu.onnx');
    const model = upgraded(imported);
    const [name] = Object.keys(feeds);
    const value = model.graph.nodes.findLast(({ opType }) => opType === 'Conv')!.outputs[0];
    exposeTaps(model, [{ name: 'tap', values: [value], pool: 'average', normalise: 'l2' }]);
    const b = GraphBuilder.onto(model, { inputs: { [name]: feeds[name].dims } });
    const tap = b.value('tap');
    const seed = b.input('seed', tap.shape!);
    const [gradient] = differentiate(b, tap, [b.value(name)], { seed });
    const found = await run(b.model([tap, gradient]), {
      ...feeds,
      seed: rounded(tap.shape as number[], normals(sizeOf(tap.shape as number[]))),
    });
    expect(found[gradient.name].dims).toEqual(feeds[name].dims);
    expect(found[gradient.name].data.some((v) => v !== 0)).toBe(true);
  });
});
