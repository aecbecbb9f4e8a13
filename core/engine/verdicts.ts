import { mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { writeWhole } from '../foundation/whole.ts';
import type { ProbeResult } from './probe-child.ts';

/**
 * What probes found, kept in the user's cache folder so that not every command pays for them. A success is believed
 * for a day, a failure for ten minutes (somebody may be installing a driver); `VISAGE_PROBE=always` believes nothing.
 */

const DAY = 24 * 3600_000;
const FAILURE = 10 * 60_000;

interface Kept {
  time: number;
  result: ProbeResult;
}

function folder(): string {
  if (process.platform === 'win32') {
    return join(process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'Visage');
  }
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'Visage');
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'visage');
}

/** A verdict holds for one engine and device, one platform and one choice of drivers. */
function keyOf(subject: string): string {
  const drivers = ['VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'CUDA_VISIBLE_DEVICES', 'LD_LIBRARY_PATH']
    .map((name) => process.env[name] ?? '')
    .join('|');
  return [subject, process.platform, process.arch, drivers].join('|');
}

function readAll(): Record<string, Kept> {
  try {
    return JSON.parse(readFileSync(join(folder(), 'devices.json'), 'utf8')) as Record<string, Kept>;
  } catch {
    return {};
  }
}

/** @param subject device and version of what runs it */
export function readVerdict(subject: string): ProbeResult | undefined {
  if (process.env.VISAGE_PROBE === 'always') return undefined;
  const kept = readAll()[keyOf(subject)];
  if (typeof kept?.time !== 'number' || typeof kept.result?.slower !== 'boolean') return undefined;
  const age = Date.now() - kept.time;
  return age >= 0 && age < (kept.result.usable ? DAY : FAILURE) ? kept.result : undefined;
}

export function writeVerdict(subject: string, result: ProbeResult): void {
  const path = join(folder(), 'devices.json');
  try {
    mkdirSync(folder(), { recursive: true });
    const all = readAll();
    all[keyOf(subject)] = { time: Date.now(), result };
    writeWhole(path, JSON.stringify(all));
  } catch {
    // A cache that cannot be written costs a probe the next time and nothing else.
  }
}
