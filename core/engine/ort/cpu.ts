import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * Physical cores that this process may use: two hardware threads of one core share its arithmetic units, so a second
 * thread per core slows dense kernels down. Where the system does not say, every logical processor counts.
 */
export function physicalCores(): number {
  const logical = availableParallelism();
  try {
    const folder = '/sys/devices/system/cpu';
    const cores = new Set<string>();
    for (const entry of readdirSync(folder)) {
      if (/^cpu\d+$/.test(entry)) {
        cores.add(readFileSync(`${folder}/${entry}/topology/thread_siblings_list`, 'utf8').trim());
      }
    }
    if (cores.size > 0) return Math.min(cores.size, logical);
  } catch {
    // Not Linux, or a container that hides the topology.
  }
  return logical;
}
