import type * as Ort from 'onnxruntime-node';
import { type Adapter, createEngine, modelName, type OpenEngine } from '../engines.ts';
import type { DeviceId, Placement } from '../types.ts';
import { probeDevices, threadsName } from './devices.ts';
import { causeOf } from './faults.ts';
import { OrtResidentSession } from './resident.ts';
import { runtime } from './runtime.ts';
import { OrtSession } from './session.ts';

function providers(device: DeviceId): Ort.InferenceSession.ExecutionProviderConfig[] {
  // Operators that a GPU provider lacks run on the CPU beside it; ONNX Runtime copies between them.
  return device === 'cpu' ? ['cpu'] : [device, 'cpu'];
}

async function create(
  model: string | Uint8Array,
  placement: Placement,
  threads: number | undefined,
  more: Ort.InferenceSession.SessionOptions = {},
): Promise<Ort.InferenceSession> {
  const options: Ort.InferenceSession.SessionOptions = {
    executionProviders: providers(placement.device),
    graphOptimizationLevel: 'all',
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    ...more,
  };
  const ort = runtime();
  return typeof model === 'string'
    ? ort.InferenceSession.create(model, options)
    : ort.InferenceSession.create(model, options);
}

/** The ONNX Runtime adapter. */
export function createOrtAdapter(): Adapter {
  const open = new Set<OrtSession | OrtResidentSession>();
  const onDispose = (one: OrtSession | OrtResidentSession) => open.delete(one);
  return {
    id: 'ort',
    devices: probeDevices,
    causeOf,
    named: (placement, threads) =>
      placement.device === 'cpu' && threads !== undefined
        ? { ...placement, name: threadsName(threads) }
        : placement,

    async load(model, placement, { threads }) {
      const session = await create(model, placement, threads);
      const opened = new OrtSession(session, modelName(model), placement, onDispose);
      open.add(opened);
      return opened;
    },

    async loadResident(model, values, placement, { threads }) {
      // Beside what the first run has taken a plan of all memory would be made for the others: half as much again for a
      // training step, and no faster.
      const session = await create(model, placement, threads, { enableMemPattern: false });
      const opened = new OrtResidentSession(session, modelName(model), placement, values, onDispose);
      open.add(opened);
      return opened;
    },

    async release() {
      for (const session of [...open]) await session.dispose();
    },
  };
}

/** ONNX Runtime alone, for threads that are to run networks on the CPU. */
export const createOrtEngine = (): OpenEngine => createEngine([createOrtAdapter()]);
