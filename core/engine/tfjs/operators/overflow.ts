import { Fault } from '../../../foundation/fault.ts';
import type { TfTensor } from '../api.ts';
import type { Call } from '../operator.ts';
import type { CarriedType } from '../types.ts';

/** int32 ends at 2³¹; a float32 near it may be wrong by 128, so that the last few numbers are refused too. */
const EDGE = 2 ** 31 - 256;

/**
 * TensorFlow.js would wrap round without a word where 64 bits would not: the same work in float32 shows it.
 * @throws Fault naming the node
 */
export function fits(call: Call, type: CarriedType, wide: () => TfTensor): void {
  if (type !== 'int64') return;
  const { tf } = call;
  const most = tf.max(tf.abs(wide())).dataSync()[0];
  if (most >= EDGE) {
    throw new Fault(
      `${call.node.label} computes ${most.toPrecision(3)} in 64-bit integers; TensorFlow.js has whole numbers of 32 bits only.`,
    );
  }
}
