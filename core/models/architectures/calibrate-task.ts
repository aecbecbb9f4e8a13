import type { Task } from '../../engine/types.ts';
import { measuringNetwork, type NetworkSettings } from './face-network.ts';

export interface CalibrateInput {
  settings: NetworkSettings;
  /** `items` pictures as the network takes them. */
  pixels: Float32Array;
  items: number;
}

/** Mean and variance by layer: 'NAME.mean', 'NAME.var'. */
export type CalibrateOutput = Record<string, Float32Array>;

/** Runs pictures once through the network that measures its own BatchNormalization inputs. */
const calibrate: Task<CalibrateInput, CalibrateOutput> = async ({ settings, pixels, items }, context) => {
  const model = measuringNetwork(settings);
  const size = settings.size ?? 112;
  const session = await context.engine.open(model.encode(), { device: 'cpu' });
  try {
    const outputs = await session.run({
      input: { type: 'float32', data: pixels, dims: [items, 3, size, size] },
    });
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { data }]) => [name, Float32Array.from(data, Number)]),
    );
  } finally {
    await session.dispose();
  }
};
export default calibrate;
