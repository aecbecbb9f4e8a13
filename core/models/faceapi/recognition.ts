import { GraphBuilder, type Handle } from '../../graph/builder.ts';
import type { Model } from '../../graph/model.ts';
import type { Weight } from '../tfjs/weights.ts';
import { FaceApiLayers } from './layers.ts';

/** Residual blocks per stage; the first of a stage but the first stage halves the size. */
const STAGES = [
  { channels: 32, down: false, blocks: 3 },
  { channels: 64, down: true, blocks: 3 },
  { channels: 128, down: true, blocks: 2 },
  { channels: 256, down: true, blocks: 2 },
] as const;

const VALID = { pads: [0, 0, 0, 0] };

/**
 * face-api.js's recognition network (dlib's ResNet of 29 layers): N×3×150×150, RGB minus its mean, / 255 → 'embedding'
 * N×128, not normalised. The ends of the last three stages are values of the graph, 'stage2' to 'stage4'.
 * @throws Fault where a weight is missing or has another shape.
 */
export function recognitionModel(weights: ReadonlyMap<string, Weight>): Model {
  const b = new GraphBuilder('face-api-recognition');
  const layers = new FaceApiLayers(b, weights, "face-api.js's recognition network");

  const conv = (x: Handle, at: string, down = false): Handle =>
    layers.conv(x, `${at}/conv/filters`, `${at}/conv/bias`, {
      after: {
        scale: layers.weight(`${at}/scale/weights`, 1).data,
        offset: layers.weight(`${at}/scale/biases`, 1).data,
      },
      ...(down ? { stride: 2, padding: VALID } : {}),
    });

  const residual = (x: Handle, at: string, output?: string): Handle => {
    const inner = conv(layers.relu(conv(x, `${at}/conv1`)), `${at}/conv2`);
    return b.op('Relu', [b.op('Add', [inner, x])], {}, output);
  };

  /**
   * Halves the size. The two branches differ where a size is odd (an unpadded convolution of stride 2 gives one place less
   * than the mean over 2×2 places of an even size) and in channels: zeros stand for what one of them lacks.
   */
  const halved = (x: Handle, at: string, output?: string): Handle => {
    const inner = conv(layers.relu(conv(x, `${at}/conv1`, true)), `${at}/conv2`);
    const pooled = b.op('AveragePool', [x], { kernel_shape: [2, 2], strides: [2, 2], ...VALID });
    const [, channels, height, width] = inner.shape as number[];
    const [, given, tall, wide] = pooled.shape as number[];
    const fill = (value: Handle, lacks: readonly [number, number, number]): Handle =>
      lacks.some((n) => n > 0)
        ? b.op('Pad', [value, b.ints([0, 0, 0, 0, 0, ...lacks]), b.scalar(0, 'zero')])
        : value;
    const sum = b.op('Add', [
      fill(inner, [0, tall - height, wide - width]),
      fill(pooled, [channels - given, 0, 0]),
    ]);
    return b.op('Relu', [sum], {}, output);
  };

  let x = layers.relu(conv(b.input('input', ['N', 3, 150, 150]), 'conv32_down', true));
  x = layers.maxPool(x, 3, 2, VALID);
  for (const [stage, { channels, down, blocks }] of STAGES.entries()) {
    const end = stage === 0 ? undefined : `stage${stage + 1}`;
    if (down) x = halved(x, `conv${channels}_down`);
    for (let i = 1; i <= blocks; i++) x = residual(x, `conv${channels}_${i}`, i === blocks ? end : undefined);
  }
  x = halved(x, 'conv256_down_out');
  return b.model([layers.linear(layers.average(x), 'fc', undefined, 'embedding')]);
}
