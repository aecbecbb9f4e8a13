import { execFileSync } from 'node:child_process';

/** Runs a Python program that prints bytes in Base64, one per line. `argv` is its sys.argv[1:]. */
export function pythonBytes(program: string, argv: readonly string[] = []): Uint8Array[] {
  const text = `
import base64, pickle, sys, collections
def give(x): print(base64.b64encode(x).decode())
${program}`;
  const out = execFileSync('/usr/bin/python3', ['-c', text, ...argv], { maxBuffer: 1 << 28 });
  return out
    .toString()
    .trim()
    .split('\n')
    .map((line) => Uint8Array.from(Buffer.from(line, 'base64')));
}
