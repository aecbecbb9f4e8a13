import type { Weight } from './weights.ts';

/** A convolution's kernel as ONNX has it. */
interface Kernel {
  dims: number[];
  data: Float32Array;
}

/** A kernel's axes as ONNX has them: height × width × in × out to out × in × height × width. */
export function transposedKernel({
  shape: [h, w, inputs, outputs],
  data,
}: Pick<Weight, 'shape' | 'data'>): Kernel {
  const found = new Float32Array(data.length);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      for (let i = 0; i < inputs; i++) {
        for (let o = 0; o < outputs; o++) {
          found[((o * inputs + i) * h + y) * w + x] = data[((y * w + x) * inputs + i) * outputs + o];
        }
      }
    }
  }
  return { dims: [outputs, inputs, h, w], data: found };
}

/**
 * A depthwise kernel, height × width × channels × multiplier, as one small kernel per output channel. TensorFlow's output
 * channel is channel · multiplier + m, which is ONNX's order within groups.
 */
export const depthwiseKernel = ({
  shape: [h, w, channels, multiplier],
  data,
}: Pick<Weight, 'shape' | 'data'>): Kernel =>
  transposedKernel({ shape: [h, w, 1, channels * multiplier], data });

/** TensorFlow's 'same' padding (the odd pixel goes behind) is ONNX's SAME_UPPER. */
export const SAME = { auto_pad: 'SAME_UPPER' } as const;
