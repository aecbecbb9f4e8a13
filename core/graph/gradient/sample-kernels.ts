import type { Handle } from '../builder.ts';
import type { Window } from '../windows.ts';
import { foldedKernelGradient, padsBack, spreadBack, spreadsFaster, turned } from './convolution.ts';
import type { PartGradient, Writing } from './rule.ts';

/**
 * A convolution whose kernels differ from sample to sample: N samples of m groups with C channels are the N·m groups of one
 * Conv, group (s, g) with the kernels Σᵢ α[s, g, i]·W[g, i].
 */
export interface SampleConvolution {
  /** N×(m·C)×… */
  x: Handle;
  /** α, N×m×1×n */
  shares: Handle;
  /** W, m×n×(K·C·taps) */
  pool: Handle;
  /** The kernels mixed, (N·m·K)×C×taps. */
  kernels: Handle;
  /** What the Conv gives, 1×(N·m·K)×… */
  output: Handle;
  window: Window;
}

/**
 * Its gradients. The gradient of the kernels is N times as large as the n experts' weights, and so is every copy of the kernels:
 * where a formula needs them in another order, the pool is put into that order before it is mixed, and the pool's gradient
 * after it was summed over the samples.
 */
export function sampleKernels(conv: SampleConvolution): PartGradient {
  return {
    output: conv.output.name,
    inputs: [conv.x, conv.shares, conv.pool],
    gradients(writing, d, [wantsX, wantsShares, wantsPool]) {
      const toX = wantsX ? inputGradient(writing, conv, d) : undefined;
      if (!wantsShares && !wantsPool) return [toX, undefined, undefined];
      return [toX, ...mixGradients(writing, conv, d)];
    },
  };
}

function inputGradient(writing: Writing, conv: SampleConvolution, d: Handle): Handle {
  const { a, b } = writing;
  const { x, shares, pool, kernels, window } = conv;
  const sizes = a.sizes(x, 2);
  const [samples, groups, , experts] = a.sizes(shares);
  const [outputs, channels, ...taps] = a.sizes(kernels);
  const group = samples * groups;
  const each = outputs / group;
  const pads = padsBack(writing, d, window, sizes);
  if (pads === undefined || spreadsFaster(each, channels))
    return a.reshapeLike(spreadBack(writing, d, kernels, window, sizes, group), x);
  const back = turned(writing, pool, [groups * experts, each, channels], taps);
  const mixed = b.op('MatMul', [shares, a.reshape(back, a.shape(pool))]);
  const made = b.op('Conv', [d, a.reshape(mixed, [group * channels, each, ...taps])], {
    ...{ dilations: [...window.dilations], pads, group },
  });
  return a.reshapeLike(made, x);
}

/** With respect to the shares and the pool. */
function mixGradients(writing: Writing, conv: SampleConvolution, d: Handle): [Handle, Handle] {
  const { a, b } = writing;
  const { x, shares, pool, kernels, window } = conv;
  const [samples, groups, , experts] = a.sizes(shares);
  const [outputs, channels, ...taps] = a.sizes(kernels);
  const each = outputs / (samples * groups);
  const count = taps.reduce((product, tap) => product * tap, 1);
  const entries = a.size(pool, 2);
  const flat = a.reshape(x, [1, samples * a.size(x, 1), ...a.sizes(x, 2)]);
  const folded = foldedKernelGradient(writing, flat, d, window, samples * groups);
  if (folded === undefined) throw new Error('Kernels of samples are not dilated.');
  // Per group, so that one product sums over the samples.
  const perSample = a.reshape(folded, [samples, groups, entries]);
  const slopes = a.transpose(perSample, [1, 0, 2]);
  const sets = groups * experts * each;
  const last = a.reshape(a.transpose(a.reshape(pool, [sets, channels, count]), [0, 2, 1]), [
    groups,
    experts,
    entries,
  ]);
  const toShares = b.op('MatMul', [slopes, a.transpose(last, [0, 2, 1])]);
  const rows = a.transpose(a.reshape(shares, [samples, groups, experts]), [1, 2, 0]);
  const summed = a.reshape(b.op('MatMul', [rows, slopes]), [sets, count, channels]);
  return [
    a.reshape(a.transpose(toShares, [1, 0, 2]), a.shape(shares)),
    a.reshape(a.transpose(summed, [0, 2, 1]), a.shape(pool)),
  ];
}
