import type { DeviceChoice, Task, Tensor } from '../../../../core/engine/types.ts';

export interface OpenInput {
  model: string | Uint8Array;
  device?: DeviceChoice;
  threads?: number;
  feeds: Record<string, Tensor>;
  wanted?: string[];
}

/** Opens a network in the engine process, runs it once, and gives what it says of itself. */
const open: Task<OpenInput, unknown> = async ({ model, device, threads, feeds, wanted }, { engine }) => {
  const session = await engine.open(model, { device, threads });
  const { placement, inputs, outputs } = session;
  return { placement, inputs, outputs, results: await session.run(feeds, wanted) };
};
export default open;
