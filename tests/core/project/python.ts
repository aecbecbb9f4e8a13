import { spawnSync } from 'node:child_process';

/** Runs a Python script (numpy is there) with arguments and gives the JSON that it prints. */
export function python(script: string, ...argv: string[]): unknown {
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', script, ...argv], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The Python reference failed: ${stderr}`);
  return JSON.parse(stdout);
}
