import type { Handle } from '../../graph/builder.ts';
import { FIXED, type Layers } from './layers.ts';

/** Dynamic convolution's numbers: m groups of input channels with n experts each; m = 1 is plain dynamic convolution. */
export interface Routing {
  experts: number;
  groups: number;
  /** Softmax temperature T (eq. 5.2): a number, or a value of the graph that training feeds. */
  temperature: number | Handle;
}

/** Constant of a network whose temperature training changes step by step; what it holds is the temperature of inference. */
export const ROUTING_TEMPERATURE = 'routing.temperature';

/** The middle of f(x) has this share of the channels, as in dynamic convolution's public code. */
const SQUEEZE = 4;
const KERNEL = 3;

/**
 * Routing weights of a block (eq. 5.2, 5.3): f = average pool → linear → BN → ReLU → linear → softmax over the experts of
 * each group.
 * @returns `weights` N×m×n for the block's convolutions, `vector` N×(m·n): the block's part of the routing vector β
 */
export function routingWeights(
  layers: Layers,
  x: Handle,
  name: string,
  { experts, groups, temperature }: Routing,
): { weights: Handle; vector: Handle } {
  const { b } = layers;
  const channels = x.shape?.[1] as number;
  const pooled = b.op('Flatten', [b.op('GlobalAveragePool', [x])], { axis: 1 });
  const middle = Math.max(4, Math.round(channels / SQUEEZE));
  const hidden = b.op('Relu', [layers.batchNorm(layers.linear(pooled, `${name}.fc1`, middle), `${name}.bn`)]);
  const logits = layers.linear(hidden, `${name}.fc2`, groups * experts);
  const scaled = temperature === 1 ? logits : b.op('Div', [logits, given(layers, temperature)]);
  const grouped = b.op('Reshape', [scaled, b.ints([-1, groups, experts])]);
  const weights = b.op('Softmax', [grouped], { axis: 2 });
  return { weights, vector: b.op('Reshape', [weights, b.ints([-1, groups * experts])], {}, name) };
}

const given = ({ b }: Layers, temperature: number | Handle): Handle =>
  typeof temperature === 'number' ? b.scalar(temperature) : temperature;

/**
 * Dynamic (group) 3×3 convolution with a kernel of its own for every sample (eq. 5.2, 5.3): group k of the input channels
 * is convolved with Σᵢ αᵢᵏ Wᵢᵏ, and the groups' outputs are concatenated.
 *
 * A Conv's number of groups is fixed in ONNX, so that samples cannot be its groups while the batch is free. The input is
 * unfolded instead (a depthwise convolution with one-hot kernels gives its nine shifted copies, channel by channel, in
 * the order of a kernel's entries) and multiplied by the mixed kernels, sample by sample: the arithmetic of one
 * convolution, whatever the number of experts. On 2 cores, batch 16, 32–128 channels, that took 0.3 to 0.8 of the time of
 * summing the experts' outputs. Where the batch is known, `groupSamples` makes the samples groups of one Conv after all.
 * @param alpha N×m×n
 * @returns N×outputs×⌈height/stride⌉×⌈width/stride⌉
 */
export function dynamicConvolution(
  layers: Layers,
  x: Handle,
  alpha: Handle,
  name: string,
  outputs: number,
  stride: number,
  { experts, groups }: Routing,
): Handle {
  const { b } = layers;
  const [, channels, height, width] = x.shape as readonly [unknown, number, number, number];
  const taps = KERNEL ** 2;
  const entries = (channels / groups) * taps;
  const each = outputs / groups;
  const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const pool = layers.weight(`${name}.weight`, [groups, experts, each * entries], entries);
  const mixed = b.op('MatMul', [b.op('Unsqueeze', [alpha, b.ints([2])]), pool]);
  const kernels = b.op('Reshape', [mixed, b.ints([-1, groups, each, entries])]);

  const shifts = new Float32Array(channels * taps * taps);
  for (let at = 0; at < channels * taps; at++) shifts[at * taps + (at % taps)] = 1;
  const unfold = b.constant(`${name}.unfold${FIXED}`, shifts, [channels * taps, 1, KERNEL, KERNEL]);
  const unfolded = b.op('Conv', [x, unfold], {
    group: channels,
    strides: [stride, stride],
    pads: [1, 1, 1, 1],
  });
  const patches = b.op('Reshape', [unfolded, b.ints([-1, groups, entries, rows * columns])]);
  return b.op(
    'Reshape',
    [b.op('MatMul', [kernels, patches]), b.ints([-1, outputs, rows, columns])],
    {},
    name,
  );
}
