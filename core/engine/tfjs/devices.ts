import { fileURLToPath } from 'node:url';
import type { ProbedDevice } from '../devices.ts';
import { probeInChild } from '../probe-child.ts';
import type { DeviceId } from '../types.ts';
import { absence, EDITIONS, type Edition, isInstalled, versionOf } from './library.ts';

const PROBE = fileURLToPath(new URL('./probe.ts', import.meta.url));

/** The edition that runs networks on a device: the first that is installed. */
export const editionOf = (device: DeviceId): Edition | undefined =>
  EDITIONS.find((edition) => edition.device === device && isInstalled(edition));

async function probe(id: DeviceId): Promise<ProbedDevice> {
  const edition = editionOf(id);
  if (edition === undefined) {
    const wanted = EDITIONS.find(({ device }) => device === id) as Edition;
    return { id, engine: 'tfjs', name: wanted.name, usable: false, reason: absence(wanted) };
  }
  const { name } = edition;
  if (!edition.native) {
    return {
      id,
      engine: 'tfjs',
      name,
      usable: true,
      reason: 'Runs networks in plain JavaScript: right and slow, for comparing engines.',
    };
  }
  const subject = `${id} of ${edition.package} ${versionOf(edition)}`;
  const result = await probeInChild({ subject, script: PROBE, argument: edition.package, label: name });
  return { id, engine: 'tfjs', name, ...result };
}

/** TensorFlow's devices on this platform: its GPU build is for NVIDIA cards under Linux and Windows. */
export function probeDevices(): Promise<ProbedDevice[]> {
  const ids: DeviceId[] = process.platform === 'darwin' ? ['cpu'] : ['cuda', 'cpu'];
  return Promise.all(ids.map(probe));
}
