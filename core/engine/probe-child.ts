import { execFile } from 'node:child_process';
import { nodeBinary } from './location.ts';
import { readVerdict, writeVerdict } from './verdicts.ts';

const TIMEOUT = 30_000;

/** What came of a trial. */
export interface ProbeResult {
  usable: boolean;
  reason: string;
  /** Slower than the CPU of this machine, as adapters are that the processor emulates (SwiftShader, llvmpipe). */
  slower: boolean;
}

/** One device to be tried by a script that prints a `ProbeResult` as its last line. */
export interface Probe {
  /** Device and version of what runs it: what was found is kept under it for a while. */
  subject: string;
  script: string;
  argument: string;
  /** As messages name the device. */
  label: string;
}

/**
 * Tries a device in a process of its own: a driver that is missing or broken ends the process that asks it, so the
 * asking must not be done by one that matters.
 */
export async function probeInChild(probe: Probe): Promise<ProbeResult> {
  const known = readVerdict(probe.subject);
  const result = known ?? (await ask(probe));
  if (known === undefined) writeVerdict(probe.subject, result);
  return result;
}

function ask({ script, argument, label }: Probe): Promise<ProbeResult> {
  return new Promise((resolve) => {
    execFile(
      nodeBinary(),
      [script, argument],
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
