import { GraphBuilder, type Handle } from '../../graph/builder.ts';
import type { Model } from '../../graph/model.ts';
import type { Weight } from '../tfjs/weights.ts';
import { FaceApiLayers } from './layers.ts';

/**
 * face-api.js's 68 landmarks: blocks of densely added separable convolutions (four, each halving the size; three in its
 * 'tiny' form), the mean over all places, one linear layer. N×3×112×112, RGB minus its mean, / 255 → 'landmarks' N×136:
 * x0 y0 … as fractions of the crop.
 * @throws Fault where a weight is missing or has another shape.
 */
export function landmarksModel(weights: ReadonlyMap<string, Weight>): Model {
  const b = new GraphBuilder('face-api-landmarks');
  const layers = new FaceApiLayers(b, weights, "face-api.js's 68 landmarks");

  const block = (x: Handle, at: string, first: boolean): Handle => {
    const start = first
      ? layers.conv(x, `${at}/conv0/filters`, `${at}/conv0/bias`, { stride: 2 })
      : layers.separable(x, `${at}/conv0`, 2);
    let sum = start;
    let input = layers.relu(start);
    sum = input;
    for (let i = 1; layers.has(`${at}/conv${i}/bias`); i++) {
      sum = b.op('Add', [sum, layers.separable(input, `${at}/conv${i}`)]);
      input = layers.relu(sum);
    }
    return input;
  };

  let x = b.input('input', ['N', 3, 112, 112]);
  for (let i = 0; layers.has(`dense${i}/conv0/bias`); i++) x = block(x, `dense${i}`, i === 0);
  return b.model([layers.linear(layers.average(x), 'fc/weights', 'fc/bias', 'landmarks')]);
}
