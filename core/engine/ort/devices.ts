import { availableParallelism } from 'node:os';
import { Fault } from '../../foundation/fault.ts';
import type { DeviceChoice, DeviceId, DeviceReport, Placement } from '../types.ts';
import { physicalCores } from './cpu.ts';
import { probeInChild } from './probe-child.ts';
import { runtime } from './runtime.ts';

/** The order in which 'auto' looks for a device: the fastest that the platform is known for comes first. */
const ORDER: readonly DeviceId[] = ['cuda', 'coreml', 'dml', 'webgpu', 'cpu'];

const LABELS: Readonly<Record<DeviceId, string>> = {
  cpu: 'CPU',
  webgpu: 'WebGPU',
  cuda: 'CUDA',
  dml: 'DirectML',
  coreml: 'CoreML',
};

/** Where each device can exist at all; elsewhere it is not worth a line. */
const PLATFORMS: Readonly<Record<DeviceId, readonly string[]>> = {
  cpu: [process.platform],
  webgpu: [process.platform],
  cuda: ['linux', 'win32'],
  dml: ['win32'],
  coreml: ['darwin'],
};

/** One report and what 'auto' needs to know beside it. */
export interface ProbedDevice extends DeviceReport {
  /** A usable device that 'auto' does not take because the CPU is faster, e.g. a GPU that the processor emulates. */
  slower?: boolean;
}

export const threadsName = (threads: number): string =>
  `CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;

async function probe(id: DeviceId): Promise<ProbedDevice> {
  if (id === 'cpu') {
    const cores = physicalCores();
    const logical = availableParallelism();
    return {
      id,
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
  if (!built) {
    return {
      id,
      name: LABELS[id],
      usable: false,
      reason: `This build of ONNX Runtime (${process.platform}, ${process.arch}) has no ${LABELS[id]}.`,
    };
  }
  return probeInChild(id, LABELS[id]);
}

/** Probes every device that this platform can have, in the order in which 'auto' looks at them. */
export async function probeDevices(): Promise<ProbedDevice[]> {
  const ids = ORDER.filter((id) => PLATFORMS[id].includes(process.platform));
  return Promise.all(ids.map(probe));
}

/** A device together with the reason it was taken, and those that stand behind it under 'auto'. */
export interface Choice {
  placement: Placement;
  /** Further devices to try when a graph does not open on the first one: only ever the CPU, and only under 'auto'. */
  fallback?: Placement;
}

/**
 * Chooses among probed devices.
 * @throws Fault when a device is asked for by name and cannot run
 */
export function chooseDevice(choice: DeviceChoice, devices: readonly ProbedDevice[]): Choice {
  if (choice !== 'auto') {
    const device = devices.find((candidate) => candidate.id === choice);
    const usable = devices.filter((candidate) => candidate.usable).map((candidate) => `'${candidate.id}'`);
    if (device === undefined) {
      throw new Fault(
        `The device '${choice}' does not exist on ${process.platform}; usable here: 'auto', ${usable.join(', ')}.`,
      );
    }
    if (!device.usable) {
      throw new Fault(
        `The device '${choice}' cannot run: ${device.reason} Usable here: 'auto', ${usable.join(', ')}.`,
      );
    }
    return { placement: { device: choice, name: device.name, reason: `'${choice}' was asked for.` } };
  }
  const passed: string[] = [];
  for (const device of devices) {
    if (!device.usable) passed.push(`${LABELS[device.id]}: ${device.reason}`);
    else if (device.slower) {
      passed.push(
        `${device.name}: slower here than the CPU, so it runs only when it is asked for. ${device.reason}`,
      );
    } else {
      const reason =
        passed.length === 0
          ? `${device.name} is the first choice on this machine.`
          : `${device.name} is the first that can run here. Passed over: ${passed.join(' ')}`;
      const cpu = devices.find((candidate) => candidate.id === 'cpu');
      return {
        placement: { device: device.id, name: device.name, reason },
        fallback:
          device.id === 'cpu' || cpu === undefined
            ? undefined
            : { device: 'cpu', name: cpu.name, reason: '' },
      };
    }
  }
  throw new Fault('No device can run networks on this machine, not even the CPU.');
}
