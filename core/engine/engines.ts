import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import { chooseDevice, inOrder, type ProbedDevice } from './devices.ts';
import type {
  DeviceReport,
  Engine,
  EngineChoice,
  EngineId,
  OpenOptions,
  Placement,
  ResidentSession,
  ResidentValue,
  Session,
} from './types.ts';

/** What runs networks on some devices: ONNX Runtime, or TensorFlow.js. */
export interface Adapter {
  readonly id: EngineId;
  /** Its devices on this platform, usable or not. */
  devices(): Promise<ProbedDevice[]>;
  /** Opens a network on one of its devices; throws what it throws. */
  load(model: string | Uint8Array, placement: Placement, options: { threads?: number }): Promise<Session>;
  /** Opens a graph whose `values` stay on the device; throws what it throws. */
  loadResident(
    model: string | Uint8Array,
    values: readonly ResidentValue[],
    placement: Placement,
    options: { threads?: number },
  ): Promise<ResidentSession>;
  /** Why `load` threw, as half a sentence without a full stop. */
  causeOf(thrown: unknown): string;
  /** The placement as it is called with so many threads. */
  named(placement: Placement, threads: number | undefined): Placement;
  /** Disposes of every session that is still open. */
  release(): Promise<void>;
}

/** `release` disposes of every session that is still open. */
export type OpenEngine = Engine & { release(): Promise<void> };

export const modelName = (model: string | Uint8Array): string =>
  typeof model === 'string' ? basename(model) : 'in memory';

/** Adapters behind one choice of device. @param choice limits it to one of them */
export function createEngine(adapters: readonly Adapter[], choice: EngineChoice = 'auto'): OpenEngine {
  let probed: Promise<ProbedDevice[]> | undefined;
  const devices = (): Promise<ProbedDevice[]> => {
    probed ??= Promise.all(adapters.map((adapter) => adapter.devices())).then((all) => inOrder(all.flat()));
    return probed;
  };
  const adapterOf = (placement: Placement): Adapter => {
    const adapter = adapters.find(({ id }) => id === placement.engine);
    if (adapter === undefined) throw new Error(`There is no adapter '${placement.engine}'.`);
    return adapter;
  };

  /** Opens a network on the device that is chosen, or on the one that stands behind it. */
  const place = async <T>(
    model: string | Uint8Array,
    { device = 'auto', threads }: OpenOptions,
    load: (adapter: Adapter, placement: Placement, options: { threads?: number }) => Promise<T>,
  ): Promise<T> => {
    if (typeof model === 'string' && !existsSync(model)) {
      throw new Fault(`The network '${model}' does not exist.`);
    }
    if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
      throw new Fault(`'${threads}' is not a number of threads; allowed: whole numbers from 1.`);
    }
    const { placement, fallback } = chooseDevice(device, await devices(), choice);
    const on = async (where: Placement): Promise<T> => {
      const adapter = adapterOf(where);
      return load(adapter, adapter.named(where, threads), { threads });
    };
    const fault = (where: Placement, thrown: unknown): Fault =>
      thrown instanceof Fault
        ? thrown
        : new Fault(
            `The network '${modelName(model)}' cannot be loaded on ${where.name}: ${adapterOf(where).causeOf(thrown)}.`,
          );
    try {
      return await on(placement);
    } catch (thrown) {
      if (fallback === undefined) throw fault(placement, thrown);
      const cause = adapterOf(placement).causeOf(thrown);
      const reason = `${placement.name} could not load this network (${cause}), so the CPU runs it.`;
      try {
        return await on({ ...fallback, reason });
      } catch (again) {
        throw fault(fallback, again);
      }
    }
  };

  return {
    async devices(): Promise<DeviceReport[]> {
      return (await devices()).map(({ id, engine, name, usable, reason, slower }) => ({
        id,
        engine,
        name,
        usable,
        reason: slower ? `${reason} The CPU is faster, so 'auto' does not take it.` : reason,
      }));
    },

    place: async (device): Promise<Placement> => chooseDevice(device, await devices(), choice).placement,

    open: (model, options: OpenOptions = {}): Promise<Session> =>
      place(model, options, (adapter, placement, more) => adapter.load(model, placement, more)),

    openResident: (model, values, options: OpenOptions = {}): Promise<ResidentSession> =>
      place(model, options, (adapter, placement, more) =>
        adapter.loadResident(model, values, placement, more),
      ),

    async release() {
      for (const adapter of adapters) await adapter.release();
    },
  };
}
