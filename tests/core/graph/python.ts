import { execFileSync } from 'node:child_process';

/** Runs a Python program that reads one JSON value `x` from stdin and prints one. numpy and torch must be installed. */
export function python<T>(program: string, x: unknown): T {
  const text = `import json, sys\nx = json.load(sys.stdin)\n${program}`;
  const out = execFileSync('/usr/bin/python3', ['-c', text], {
    input: JSON.stringify(x),
    maxBuffer: 1 << 28,
    env: { ...process.env, OMP_NUM_THREADS: '2' },
  });
  return JSON.parse(out.toString()) as T;
}

/** Largest difference of two arrays of numbers; infinite where their lengths differ. */
export function difference(a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const at = Math.abs(Number(a[i]) - Number(b[i]));
    // A NaN on either side must not pass.
    if (!(at <= most)) most = at;
  }
  return most;
}
