import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../../../core/engine/types.ts';
import { Fault } from '../../../../core/foundation/fault.ts';
import { Random } from '../../../../core/foundation/random.ts';
import { GraphBuilder } from '../../../../core/graph/builder.ts';
import { differentiate } from '../../../../core/graph/gradient/differentiate.ts';
import type { Model } from '../../../../core/graph/model.ts';
import { faceNetwork, type Kind } from '../../../../core/models/architectures/face-network.ts';
import { compared } from './compare.ts';
import { ELEMENTS } from './operators/elements.ts';
import { LAYOUT } from './operators/layout.ts';
import { SPATIAL } from './operators/spatial.ts';
import { SUMS } from './operators/sums.ts';
import { type Case, type Draw, Sketch } from './sketch.ts';

/**
 * The graphs of gradients in both engines, for every operator that has one, over the same drawings as the values. That
 * they are the right gradients is held to central differences in tests/core/graph/gradient.
 */

const ERROR = 1e-5;
const DRAWINGS = 4;

/** Value and gradients of a drawing as one graph, or why there is no gradient. */
function withGradients(sketch: Sketch, draw: Draw): Model | string {
  const [y] = [draw(sketch)].flat();
  const dims = y.shape?.filter((dim) => typeof dim === 'number');
  if (y.type !== 'float32' || sketch.numbers.length === 0) return 'no numbers';
  if (dims === undefined || dims.length !== y.shape?.length) return 'unknown shape';
  const inputs = [...sketch.numbers];
  const seed = sketch.b.input('seed', dims);
  const size = dims.reduce((product, dim) => product * dim, 1);
  const data = Float32Array.from({ length: size }, () => sketch.random.normal());
  sketch.feeds.seed = { type: 'float32', dims, data };
  try {
    const gradients = differentiate(sketch.b, y, inputs, { seed });
    const outputs = gradients.map((one, i) => sketch.b.op('Identity', [one], {}, `d.${inputs[i].name}`));
    return sketch.model([y, ...outputs]);
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    return thrown.message;
  }
}

/** Operators whose gradients were compared. */
const withGradient = new Set<string>();

describe.each([
  ['over channels and space', SPATIAL],
  ['element by element', ELEMENTS],
  ['sums and products', SUMS],
  ['that move and cut', LAYOUT],
])('gradients of operators %s', (_, cases: Readonly<Record<string, Case>>) => {
  test.each(Object.entries(cases))('%s', async (name, one) => {
    const { opset = 17, draw } = typeof one === 'function' ? { draw: one } : one;
    if (opset < 13) return;
    let compares = 0;
    for (let seed = 1; seed <= DRAWINGS; seed++) {
      const sketch = new Sketch(seed, opset);
      const made = withGradients(sketch, draw);
      if (typeof made === 'string') continue;
      compares++;
      expect(await compared(made, sketch.feeds), `drawing ${seed}`).toBeLessThanOrEqual(ERROR);
    }
    if (compares > 0) withGradient.add(name);
  });
});

test('every operator that the networks of the thesis need has one', () => {
  const needed =
    'Conv|Conv of groups|Conv, depthwise|ConvTranspose by pads|MatMul|Gemm|BatchNormalization|PRelu|Relu|Sigmoid|Tanh|Softmax|LogSoftmax|MaxPool|AveragePool|GlobalAveragePool|Resize, nearest|Resize, linear|Concat|Split|Slice|Gather|Pad|Transpose|Reshape|Flatten|ReduceMean|ReduceSum|ReduceL2|Add|Sub|Mul|Div|Pow|Exp|Log|Sqrt|Abs|Clip|Where|LpNormalization';
  expect(needed.split('|').filter((name) => !withGradient.has(name))).toEqual([]);
});

test.each<Kind>(['BL', 'DC', 'AS4'])('of the embedding of %s by its input', async (kind) => {
  const { model } = faceNetwork({ kind, width: 0.125, size: 32, embedding: 16, seed: 3 });
  const b = GraphBuilder.onto(model, { inputs: { input: [2, 3, 32, 32] } });
  const [embedding] = model.graph.outputs;
  const draw = new Random(5);
  const noise = (dims: number[]): Tensor => ({
    type: 'float32',
    dims,
    data: new Float32Array(dims.reduce((product, dim) => product * dim, 1)).map(() => draw.normal()),
  });
  const seed = b.input('seed', [2, 16]);
  const [gradient] = differentiate(b, b.value(embedding.name), [b.value('input')], { seed });
  const whole = b.model([b.value(embedding.name), gradient]);
  const feeds = { input: noise([2, 3, 32, 32]), seed: noise([2, 16]) };
  expect(await compared(whole, feeds)).toBeLessThanOrEqual(5e-5);
});
