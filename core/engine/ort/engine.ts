import { existsSync } from 'node:fs';
import type * as Ort from 'onnxruntime-node';
import { Fault } from '../../foundation/fault.ts';
import type {
  DeviceId,
  DeviceReport,
  Engine,
  OpenOptions,
  Placement,
  ResidentSession,
  Session,
} from '../types.ts';
import { chooseDevice, type ProbedDevice, probeDevices, threadsName } from './devices.ts';
import { causeOf, modelFault } from './faults.ts';
import { OrtResidentSession } from './resident.ts';
import { runtime } from './runtime.ts';
import { modelName, OrtSession } from './session.ts';

/** The ONNX Runtime adapter. `release` disposes of every session that is still open. */
export type OrtEngine = Engine & { release(): Promise<void> };

function providers(device: DeviceId): Ort.InferenceSession.ExecutionProviderConfig[] {
  // Operators that a GPU provider lacks run on the CPU beside it; ONNX Runtime copies between them.
  return device === 'cpu' ? ['cpu'] : [device, 'cpu'];
}

export function createOrtEngine(): OrtEngine {
  const open = new Set<OrtSession | OrtResidentSession>();
  let probed: Promise<ProbedDevice[]> | undefined;
  const devices = (): Promise<ProbedDevice[]> => {
    probed ??= probeDevices();
    return probed;
  };

  const create = async (
    model: string | Uint8Array,
    placement: Placement,
    threads: number | undefined,
  ): Promise<Ort.InferenceSession> => {
    const options: Ort.InferenceSession.SessionOptions = {
      executionProviders: providers(placement.device),
      graphOptimizationLevel: 'all',
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    };
    const ort = runtime();
    return typeof model === 'string'
      ? ort.InferenceSession.create(model, options)
      : ort.InferenceSession.create(model, options);
  };

  /** A session on the device that is chosen, or on the one that stands behind it. */
  const load = async (
    model: string | Uint8Array,
    { device = 'auto', threads }: OpenOptions,
  ): Promise<{ session: Ort.InferenceSession; placement: Placement }> => {
    if (typeof model === 'string' && !existsSync(model)) {
      throw new Fault(`The network '${model}' does not exist.`);
    }
    if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
      throw new Fault(`'${threads}' is not a number of threads; allowed: whole numbers from 1.`);
    }
    const choice = chooseDevice(device, await devices());
    const named = (placement: Placement): Placement =>
      placement.device === 'cpu' && threads !== undefined
        ? { ...placement, name: threadsName(threads) }
        : placement;
    const on = async (placement: Placement) => ({
      session: await create(model, placement, threads),
      placement,
    });
    try {
      return await on(named(choice.placement));
    } catch (thrown) {
      if (choice.fallback === undefined) {
        throw modelFault(modelName(model), `be loaded on ${choice.placement.name}`, thrown);
      }
      const reason = `${choice.placement.name} could not load this network (${causeOf(thrown)}), so the CPU runs it.`;
      try {
        return await on(named({ ...choice.fallback, reason }));
      } catch (again) {
        throw modelFault(modelName(model), `be loaded on ${choice.fallback.name}`, again);
      }
    }
  };

  return {
    async devices(): Promise<DeviceReport[]> {
      return (await devices()).map(({ id, name, usable, reason, slower }) => ({
        id,
        name,
        usable,
        reason: slower ? `${reason} The CPU is faster, so 'auto' does not take it.` : reason,
      }));
    },

    async open(model, options: OpenOptions = {}): Promise<Session> {
      const { session, placement } = await load(model, options);
      const opened = new OrtSession(session, modelName(model), placement, (one) => open.delete(one));
      open.add(opened);
      return opened;
    },

    async openResident(model, values, options: OpenOptions = {}): Promise<ResidentSession> {
      const { session, placement } = await load(model, options);
      const onDispose = (one: OrtResidentSession) => open.delete(one);
      const opened = new OrtResidentSession(session, modelName(model), placement, values, onDispose);
      open.add(opened);
      return opened;
    },

    async release() {
      for (const session of [...open]) await session.dispose();
    },
  };
}
