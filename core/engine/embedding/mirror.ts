import type { Preparation } from '../preparation.ts';

/** Mirrors inputs left to right. @param target of the same length as `inputs` */
export function mirror(
  inputs: Float32Array,
  { size, layout }: Pick<Preparation, 'size' | 'layout'>,
  target: Float32Array,
): void {
  const width = size[0];
  const step = layout === 'nchw' ? 1 : 3;
  const row = width * step;
  for (let start = 0; start < inputs.length; start += row) {
    for (let x = 0; x < width; x++) {
      const to = start + x * step;
      const from = start + (width - 1 - x) * step;
      for (let c = 0; c < step; c++) target[to + c] = inputs[from + c];
    }
  }
}
