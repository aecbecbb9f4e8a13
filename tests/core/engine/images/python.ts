import { spawnSync } from 'node:child_process';

/** Runs a Python script (numpy, skimage and torch are there) that reads JSON from stdin and prints JSON. */
export function python<Result>(script: string, input: unknown): Result {
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', ['-W', 'ignore', '-c', script], {
    encoding: 'utf8',
    input: JSON.stringify(input),
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`The Python reference failed: ${stderr}`);
  return JSON.parse(stdout) as Result;
}
