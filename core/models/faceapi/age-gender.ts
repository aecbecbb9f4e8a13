import { GraphBuilder, type Handle } from '../../graph/builder.ts';
import type { Model } from '../../graph/model.ts';
import type { Weight } from '../tfjs/weights.ts';
import { FaceApiLayers } from './layers.ts';

/**
 * face-api.js's age and gender network as an ONNX graph: TinyXception (entry flow of a strided convolution and two
 * reduction blocks, two main blocks, exit flow of one reduction block and a separable convolution), average pool, two linear
 * layers. Input N×3×112×112: RGB minus its mean, / 256. Outputs: 'age' N×1 in years, 'gender' N×2 (male, female), softmax done.
 * @throws Fault where a weight is missing or has another shape.
 */
export function ageGenderModel(weights: ReadonlyMap<string, Weight>): Model {
  const b = new GraphBuilder('age-gender');
  const layers = new FaceApiLayers(b, weights, "face-api.js's age and gender network");
  const conv = (x: Handle, at: string): Handle =>
    layers.conv(x, `${at}/filters`, `${at}/bias`, { stride: 2 });
  const reduction = (x: Handle, at: string, first: Handle): Handle => {
    const middle = layers.relu(layers.separable(first, `${at}/separable_conv0`));
    const inner = layers.separable(middle, `${at}/separable_conv1`);
    return b.op('Add', [layers.maxPool(inner, 3, 2), conv(x, `${at}/expansion_conv`)]);
  };

  let x = layers.relu(conv(b.input('input', ['N', 3, 112, 112]), 'entry_flow/conv_in'));
  x = reduction(x, 'entry_flow/reduction_block_0', x);
  x = reduction(x, 'entry_flow/reduction_block_1', layers.relu(x));
  for (let block = 0; layers.has(`middle_flow/main_block_${block}/separable_conv0/bias`); block++) {
    const at = `middle_flow/main_block_${block}`;
    let y = x;
    for (let i = 0; i < 3; i++) y = layers.separable(layers.relu(y), `${at}/separable_conv${i}`);
    x = b.op('Add', [y, x]);
  }
  x = reduction(x, 'exit_flow/reduction_block', layers.relu(x));
  x = layers.relu(layers.separable(x, 'exit_flow/separable_conv'));
  const pooled = layers.average(x, 'pooled');
  const age = layers.linear(pooled, 'fc/age/weights', 'fc/age/bias', 'age');
  const gender = layers.linear(pooled, 'fc/gender/weights', 'fc/gender/bias');
  return b.model([age, b.op('Softmax', [gender], { axis: 1 }, 'gender')]);
}
