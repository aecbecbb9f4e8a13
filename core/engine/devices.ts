import { Fault } from '../foundation/fault.ts';
import type { DeviceChoice, DeviceId, DeviceReport, EngineChoice, EngineId, Placement } from './types.ts';

export const DEVICE_LABELS: Readonly<Record<DeviceId, string>> = {
  cpu: 'CPU',
  webgpu: 'WebGPU',
  cuda: 'CUDA',
  dml: 'DirectML',
  coreml: 'CoreML',
};

export const ENGINE_LABELS: Readonly<Record<EngineId, string>> = {
  ort: 'ONNX Runtime',
  tfjs: 'TensorFlow.js',
};

export const ENGINES = ['auto', 'ort', 'tfjs'] as const satisfies readonly EngineChoice[];

/** The engine that a word says; 'auto' where nothing is said. @throws Fault for a word that is none */
export function engineChoice(word: string | undefined): EngineChoice {
  const found = ENGINES.find((one) => one === (word || 'auto'));
  if (found === undefined) {
    throw new Fault(`'${word}' is no engine (VISAGE_ENGINE); allowed: ${ENGINES.join(', ')}.`);
  }
  return found;
}

/**
 * The order in which 'auto' looks for a device: the fastest that the platform is known for comes first, and TensorFlow.js
 * only where ONNX Runtime reaches no GPU.
 */
const ORDER = ['ort cuda', 'ort coreml', 'ort dml', 'ort webgpu', 'tfjs cuda', 'ort cpu', 'tfjs cpu'];

/** One report and what 'auto' needs to know beside it. */
export interface ProbedDevice extends DeviceReport {
  /** A usable device that 'auto' does not take because the CPU is faster, e.g. a GPU that the processor emulates. */
  slower?: boolean;
}

/** As it is called when it is passed over: 'WebGPU', 'CUDA by TensorFlow.js'. */
export const deviceLabel = ({ id, engine }: Pick<DeviceReport, 'id' | 'engine'>): string =>
  engine === 'ort' ? DEVICE_LABELS[id] : `${DEVICE_LABELS[id]} by ${ENGINE_LABELS[engine]}`;

/** Devices of several engines in the order in which 'auto' looks at them. */
export function inOrder<D extends DeviceReport>(devices: readonly D[]): D[] {
  const place = ({ engine, id }: DeviceReport): number => ORDER.indexOf(`${engine} ${id}`);
  return devices.toSorted((a, b) => place(a) - place(b));
}

/** One report for each device: of the engine that would run networks there if the device were asked for. */
export function oneForEach<D extends DeviceReport>(devices: readonly D[]): D[] {
  const first = new Map<DeviceId, D>();
  for (const device of devices) {
    const known = first.get(device.id);
    if (known === undefined || (!known.usable && device.usable)) first.set(device.id, device);
  }
  return [...first.values()];
}

/** A device together with the reason it was taken, and those that stand behind it under 'auto'. */
export interface Choice {
  placement: Placement;
  /** Further devices to try when a graph does not open on the first one: only ever the CPU, and only under 'auto'. */
  fallback?: Placement;
}

/** Devices that are usable, as they are asked for. */
const usableWords = (devices: readonly ProbedDevice[]): string =>
  ["'auto'", ...new Set(devices.filter(({ usable }) => usable).map(({ id }) => `'${id}'`))].join(', ');

/**
 * Chooses among probed devices.
 * @param engine limits the choice to one engine's devices
 * @throws Fault when a device or an engine is asked for by name and cannot run
 */
export function chooseDevice(
  choice: DeviceChoice,
  all: readonly ProbedDevice[],
  engine: EngineChoice = 'auto',
): Choice {
  const devices = engine === 'auto' ? all : all.filter((device) => device.engine === engine);
  if (engine !== 'auto' && !devices.some(({ usable }) => usable)) {
    const reasons = devices.map((device) => `${deviceLabel(device)}: ${device.reason}`);
    throw new Fault(`${ENGINE_LABELS[engine]} cannot run networks here. ${reasons.join(' ')}`.trim());
  }
  const asked = engine === 'auto' ? [] : [`${ENGINE_LABELS[engine]} was asked for.`];
  if (choice !== 'auto') return named(choice, devices, asked);
  const passed: string[] = [];
  for (const device of devices) {
    const label = deviceLabel(device);
    if (!device.usable) passed.push(`${label}: ${device.reason}`);
    else if (device.slower) {
      passed.push(
        `${device.name}: slower here than the CPU, so it runs only when it is asked for. ${device.reason}`,
      );
    } else {
      const reason =
        passed.length === 0
          ? `${device.name} is the first choice on this machine.`
          : `${device.name} is the first that can run here. Passed over: ${passed.join(' ')}`;
      // An operator that an engine lacks is lacking on all of its devices: only another engine can stand in.
      const cpu = devices.find(({ id, engine: other }) => id === 'cpu' && other === 'ort');
      return {
        placement: placed(device, [...asked, reason]),
        fallback: device.id === 'cpu' || cpu === undefined ? undefined : placed(cpu, []),
      };
    }
  }
  throw new Fault('No device can run networks on this machine, not even the CPU.');
}

const placed = ({ id, engine, name }: ProbedDevice, reasons: readonly string[]): Placement => ({
  device: id,
  engine,
  name,
  reason: reasons.join(' '),
});

/** A device that was asked for: of the first engine that has it. */
function named(choice: DeviceId, devices: readonly ProbedDevice[], asked: readonly string[]): Choice {
  const found = devices.filter(({ id }) => id === choice);
  if (found.length === 0) {
    throw new Fault(
      `The device '${choice}' does not exist on ${process.platform}; usable here: ${usableWords(devices)}.`,
    );
  }
  const device = found.find(({ usable }) => usable);
  if (device === undefined) {
    const reasons = found.map((one) =>
      one.engine === 'ort' ? one.reason : `By ${ENGINE_LABELS[one.engine]}: ${one.reason}`,
    );
    throw new Fault(
      `The device '${choice}' cannot run: ${reasons.join(' ')} Usable here: ${usableWords(devices)}.`,
    );
  }
  const passed = found
    .slice(0, found.indexOf(device))
    .map((one) => `Passed over: ${ENGINE_LABELS[one.engine]}'s: ${one.reason}`);
  return { placement: placed(device, [...asked, `'${choice}' was asked for.`, ...passed]) };
}
