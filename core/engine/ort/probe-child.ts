import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { nodeBinary } from '../location.ts';
import type { DeviceId } from '../types.ts';
import type { ProbedDevice } from './devices.ts';
import { readVerdict, writeVerdict } from './verdicts.ts';

const PROBE = fileURLToPath(new URL('./probe.ts', import.meta.url));
const TIMEOUT = 30_000;

/** What probe.ts prints as its last line. */
export interface ProbeResult {
  usable: boolean;
  reason: string;
  /** Slower than the CPU of this machine, as adapters are that the processor emulates (SwiftShader, llvmpipe). */
  slower: boolean;
}

/**
 * Tries a device in a process of its own: a driver that is missing or broken ends the process that asks it, so the
 * asking must not be done by one that matters.
 */
export async function probeInChild(id: DeviceId, label: string): Promise<ProbedDevice> {
  const known = readVerdict(id);
  const result = known ?? (await ask(id, label));
  if (known === undefined) writeVerdict(id, result);
  return { id, name: label, ...result };
}

function ask(id: DeviceId, label: string): Promise<ProbeResult> {
  return new Promise((resolve) => {
    execFile(
      nodeBinary(),
      [PROBE, id],
      { timeout: TIMEOUT, killSignal: 'SIGKILL', maxBuffer: 16 << 20, encoding: 'utf8' },
      (error, stdout, stderr) => {
        const line = stdout.split('\n').findLast((text) => text.startsWith('{'));
        if (line !== undefined) {
          resolve(JSON.parse(line) as ProbeResult);
          return;
        }
        const words = stderr.trim().split('\n').at(-1)?.trim().slice(0, 200) ?? '';
        const how =
          error?.killed === true
            ? `did not answer within ${TIMEOUT / 1000} s`
            : `ended the process that tried it (${error?.signal ?? `exit code ${error?.code}`})`;
        resolve({
          usable: false,
          slower: false,
          reason: `${label} ${how}${words === '' ? '' : `: '${words}'`}.`,
        });
      },
    );
  });
}
