import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { DEVICE_LABELS, type ProbedDevice } from '../devices.ts';
import { probeInChild } from '../probe-child.ts';
import type { DeviceId } from '../types.ts';
import { physicalCores } from './cpu.ts';
import { runtime } from './runtime.ts';

const PROBE = fileURLToPath(new URL('./probe.ts', import.meta.url));

/** Where each device can exist at all; elsewhere it is not worth a line. */
const PLATFORMS: Readonly<Record<DeviceId, readonly string[]>> = {
  cpu: [process.platform],
  webgpu: [process.platform],
  cuda: ['linux', 'win32'],
  dml: ['win32'],
  coreml: ['darwin'],
};

export const threadsName = (threads: number): string =>
  `CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;

async function probe(id: DeviceId): Promise<ProbedDevice> {
  if (id === 'cpu') {
    const cores = physicalCores();
    const logical = availableParallelism();
    return {
      id,
      engine: 'ort',
      name: threadsName(cores),
      usable: true,
      reason:
        logical > cores
          ? `Runs every network; one thread for each of the ${cores} physical cores (${logical} logical processors).`
          : 'Runs every network; one thread for each core.',
    };
  }
  const built = runtime()
    .listSupportedBackends()
    .some((backend) => backend.name === id);
  const label = DEVICE_LABELS[id];
  if (!built) {
    return {
      id,
      engine: 'ort',
      name: label,
      usable: false,
      reason: `This build of ONNX Runtime (${process.platform}, ${process.arch}) has no ${label}.`,
    };
  }
  const subject = `${id} of ONNX Runtime ${runtime().env.versions.node ?? ''}`;
  return {
    id,
    engine: 'ort',
    name: label,
    ...(await probeInChild({ subject, script: PROBE, argument: id, label })),
  };
}

/** Probes every device that this platform can have. */
export async function probeDevices(): Promise<ProbedDevice[]> {
  const ids = (Object.keys(PLATFORMS) as DeviceId[]).filter((id) => PLATFORMS[id].includes(process.platform));
  return Promise.all(ids.map(probe));
}
