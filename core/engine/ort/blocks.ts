import type * as Ort from 'onnxruntime-node';
import { blockChannels } from '../../graph/blocked-channels.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { Model } from '../../graph/model.ts';
import { runtime } from './runtime.ts';

/** Blocks that ONNX Runtime's processor kernels have: 16 numbers with AVX-512, 8 with AVX. */
const BLOCKS = [16, 8] as const;
const SIDE = 5;
/** Rounding of sums over 16 channels of nine taps stays far below it. */
const CLOSE = 1e-4;

/** Opens a model on the processor. */
type Open = (model: Uint8Array) => Promise<Ort.InferenceSession>;

let found: Promise<number | undefined> | undefined;

/**
 * How many channels stand side by side in the blocks of this processor's kernels; undefined where it has none. Nothing says
 * it: a convolution is run in blocks of each size and as it is, and the size that gives the same numbers is the one.
 */
export function channelBlock(open: Open): Promise<number | undefined> {
  found ??= (async () => {
    const wanted = await convolved(open, undefined);
    for (const block of BLOCKS) {
      // Where the operators are missing or take another block, it is not to be used; that is an answer, no failure.
      const given = await convolved(open, block).catch(() => undefined);
      if (given !== undefined && same(given, wanted)) return block;
    }
    return undefined;
  })();
  return found;
}

const same = (given: Float32Array, wanted: Float32Array): boolean =>
  given.length === wanted.length && given.every((value, i) => Math.abs(value - wanted[i]) < CLOSE);

async function convolved(open: Open, block: number | undefined): Promise<Float32Array> {
  const [channels] = BLOCKS;
  const dims = { x: [2, channels, SIDE, SIDE], kernels: [2 * channels, channels, 3, 3] };
  const b = new GraphBuilder('trial of blocks');
  const inputs = [b.input('x', dims.x), b.input('kernels', dims.kernels)];
  const model = b.model([b.op('Conv', inputs, { pads: [1, 1, 1, 1] }, 'y')]);
  if (block !== undefined) blockChannels(model, block, { always: true });
  const session = await open(model.encode());
  const numbers = (shape: readonly number[]): Ort.Tensor => {
    const size = shape.reduce((all, side) => all * side, 1);
    // Different everywhere, so that no exchange of places goes unseen.
    return new (runtime().Tensor)(
      'float32',
      Float32Array.from({ length: size }, (_, i) => Math.sin(i * i)),
      [...shape],
    );
  };
  try {
    const { y } = await session.run({ x: numbers(dims.x), kernels: numbers(dims.kernels) });
    return Float32Array.from(y.data as Float32Array);
  } finally {
    await session.release();
  }
}

/** The model as this processor convolves by computed kernels fastest; the same bytes where nothing in it gains by that. */
export async function forProcessor(bytes: Uint8Array, open: Open): Promise<Uint8Array> {
  const block = await channelBlock(open);
  if (block === undefined) return bytes;
  let model: Model;
  try {
    model = Model.decode(bytes);
  } catch {
    // What is no model is refused where it is opened, in that one's words.
    return bytes;
  }
  return blockChannels(model, block) === 0 ? bytes : model.encode();
}
