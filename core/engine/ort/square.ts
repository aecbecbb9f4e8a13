import type { Square } from '../trial.ts';
import { createSession } from './create.ts';
import { probeModel } from './probe-model.ts';
import { runtime } from './runtime.ts';

/** The device alone: without this a provider that takes no node would pass, because the CPU would do its work. */
const ALONE = { session: { disable_cpu_ep_fallback: '1' } };

/** The trial model of a side on a device of ONNX Runtime. Its session lives as long as the process that tries. */
export async function square(id: string, side: number, alone?: 'alone'): Promise<Square> {
  const session = await createSession(probeModel(side), {
    executionProviders: [id],
    ...(alone && { extra: ALONE }),
  });
  const { Tensor } = runtime();
  return async ({ data, dims }) => {
    const { y } = await session.run({ x: new Tensor('float32', data as Float32Array, dims) });
    return y.data as Float32Array;
  };
}
