import type { Preparation } from '../../engine/preparation.ts';

/** Ready inputs mirrored left to right, in the preparation's layout. */
export function mirror(
  tensor: Float32Array,
  { size: [width, height], layout }: Pick<Preparation, 'size' | 'layout'>,
): Float32Array {
  const mirrored = new Float32Array(tensor.length);
  // NCHW: rows of `width` numbers; NHWC: rows of `width` pixels of three numbers each.
  const step = layout === 'nchw' ? 1 : 3;
  const row = width * step;
  for (let at = 0; at < tensor.length; at += row) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < step; c++) mirrored[at + x * step + c] = tensor[at + (width - 1 - x) * step + c];
    }
  }
  if (tensor.length % (row * height) !== 0)
    throw new Error(`${tensor.length} numbers are no whole inputs of ${width}×${height}.`);
  return mirrored;
}
