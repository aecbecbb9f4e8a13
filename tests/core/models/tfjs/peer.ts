import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BUILT_IN_WEIGHTS } from '../../../../core/models/built-in.ts';

const PEER = fileURLToPath(new URL('peer.mjs', import.meta.url));

export interface PeerTensor {
  shape: number[];
  data: number[];
}

/** What TensorFlow.js answers to a job (see `peer.mjs`). */
export function peer<Result>(job: object): Result {
  const { stdout, stderr } = spawnSync(process.execPath, [PEER], {
    input: JSON.stringify({
      package: pathToFileURL(join(BUILT_IN_WEIGHTS, '../dist/face-api.esm.js')).href,
      ...job,
    }),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const last = stdout.trim().split('\n').at(-1);
  if (last === undefined || !/^[[{]/.test(last)) throw new Error(stderr.slice(-2000));
  return JSON.parse(last) as Result;
}

/** The largest difference of two rows of numbers. */
export function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers are not ${b.length}.`);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}
