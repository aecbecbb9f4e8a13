import type * as Ort from 'onnxruntime-node';
import { Model } from '../../graph/model.ts';
import { writeOutBatchNormalization } from '../../graph/written-out.ts';
import { writeOutEndPadding } from '../../graph/written-out-padding.ts';
import { type Adapter, createEngine, modelName, type OpenEngine } from '../engines.ts';
import type { DeviceId, Placement, ResidentValue } from '../types.ts';
import { forProcessor } from './blocks.ts';
import { physicalCores } from './cpu.ts';
import { createSession } from './create.ts';
import { probeDevices, threadsName } from './devices.ts';
import { causeOf } from './faults.ts';
import { checkResident, OrtResidentSession } from './resident.ts';
import { GpuBuffers, HostBuffers } from './resident-buffers.ts';
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
  // The default number of threads does not heed what cores this process may use.
  const intraOpNumThreads = threads ?? (placement.device === 'cpu' ? physicalCores() : undefined);
  const options: Ort.InferenceSession.SessionOptions = {
    executionProviders: providers(placement.device),
    graphOptimizationLevel: 'all',
    ...(intraOpNumThreads !== undefined && { intraOpNumThreads }),
    ...more,
  };
  return createSession(model, options);
}

/** ONNX Runtime's WebGPU takes a BatchNormalization that trains and then cannot run it, and forgets some padding. */
function forWebGpu(model: string | Uint8Array): Uint8Array {
  const graph = typeof model === 'string' ? Model.read(model) : Model.decode(model);
  writeOutBatchNormalization(graph);
  writeOutEndPadding(graph);
  return graph.encode();
}

const bytesOf = (model: string | Uint8Array): Uint8Array =>
  typeof model === 'string' ? Model.read(model).encode() : model;

/** For models that are tried once. */
const trial = (placement: Placement) => (model: Uint8Array) => create(model, placement, 1);

/** What the next run takes again stays on the GPU; the rest is for this process. */
const stayingOnGpu = (values: readonly ResidentValue[]): Record<string, Ort.Tensor.DataLocation> =>
  Object.fromEntries(values.map(({ output }) => [output, 'gpu-buffer']));

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
      // A file is opened as it lies there; what computes kernels was written for its batch and comes as bytes.
      const given =
        placement.device === 'cpu' && typeof model !== 'string'
          ? await forProcessor(model, trial(placement))
          : model;
      const session = await create(given, placement, threads);
      const opened = new OrtSession(session, modelName(model), placement, onDispose);
      open.add(opened);
      return opened;
    },

    async loadResident(model, values, placement, { threads }) {
      // Beside what the first run has taken a plan of all memory would be made for the others: half as much again for a
      // training step, and no faster.
      const more = { enableMemPattern: false };
      const onGpu = placement.device === 'webgpu';
      const onCpu = placement.device === 'cpu';
      const given = onCpu ? await forProcessor(bytesOf(model), trial(placement)) : model;
      const session = await create(onGpu ? forWebGpu(model) : given, placement, threads, {
        ...more,
        ...(onGpu && { preferredOutputLocation: stayingOnGpu(values) }),
      });
      const name = modelName(model);
      try {
        checkResident(session, name, values);
      } catch (thrown) {
        await session.release();
        throw thrown;
      }
      const buffers = onGpu
        ? new GpuBuffers(values, (reader) => create(reader, placement, threads))
        : new HostBuffers(values);
      const opened = new OrtResidentSession(session, name, placement, values, buffers, onDispose);
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
