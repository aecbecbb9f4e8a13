import type { Tensor } from '../../engine/types.ts';
import type { FoundFace } from './boxes.ts';

/** What a decoder has to know beside the network's outputs. */
export interface DecodeOptions {
  /** The network input's width and height in pixels. */
  size: readonly [width: number, height: number];
  /** Faces below this score are not decoded. */
  minScore: number;
}

/**
 * Reads the outputs of one run (batch of `items` pictures) and gives the faces of each picture in pixels of the
 * network's input, before suppression.
 * @throws Fault when the outputs do not have the decoder's shapes.
 */
export type Decoder = (
  outputs: Readonly<Record<string, Tensor>>,
  items: number,
  options: DecodeOptions,
) => FoundFace[][];

/** Shapes as a message shows them: 'scores 1×4420×2, boxes 1×4420×4'. */
export function shapesOf(outputs: Readonly<Record<string, Tensor>>): string {
  return Object.entries(outputs)
    .map(([name, tensor]) => `'${name}' ${tensor.dims.join('×')}`)
    .join(', ');
}

/** The values of a float tensor. */
export function floatsOf(tensor: Tensor): Float32Array {
  return tensor.data instanceof Float32Array ? tensor.data : Float32Array.from(tensor.data, Number);
}
