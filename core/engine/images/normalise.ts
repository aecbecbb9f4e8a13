import type { Preparation } from '../preparation.ts';

/** Numbers of one input: channels × height × width. */
export const inputLength = ({ size }: Pick<Preparation, 'size'>): number => 3 * size[0] * size[1];

/**
 * Writes RGB pixels as a network's input: (pixel − mean) / std, in the channels' order and layout.
 * @param pixels width × height × 3, interleaved, 0…255
 * @param target room for `inputLength` numbers
 */
export function normalise(
  pixels: Float32Array | Uint8Array,
  preparation: Pick<Preparation, 'size' | 'channels' | 'mean' | 'std' | 'layout'>,
  target: Float32Array,
): void {
  const { size, channels, mean, std, layout } = preparation;
  const area = size[0] * size[1];
  for (let channel = 0; channel < 3; channel++) {
    const factor = 1 / std[channel];
    const shift = -mean[channel] / std[channel];
    let source = channels === 'rgb' ? channel : 2 - channel;
    if (layout === 'nchw') {
      const end = (channel + 1) * area;
      for (let at = channel * area; at < end; at++, source += 3) target[at] = pixels[source] * factor + shift;
    } else {
      for (let at = channel; at < 3 * area; at += 3, source += 3)
        target[at] = pixels[source] * factor + shift;
    }
  }
}
