import { execFileSync } from 'node:child_process';

/**
 * Runs a Python reference: `script` reads its input as `given` (parsed JSON) and assigns its answer to `answer`.
 * A missing interpreter or package fails the test.
 */
export function python<T>(script: string, given: unknown): T {
  const program = `import json, sys, warnings\nwarnings.filterwarnings('ignore')\nimport numpy as np\ngiven = json.load(sys.stdin)\n${script}\nprint(json.dumps(answer, default=lambda v: v.tolist()))`;
  const text = execFileSync('/usr/bin/python3', ['-c', program], {
    input: JSON.stringify(given),
    maxBuffer: 1 << 28,
    encoding: 'utf8',
  });
  return JSON.parse(text) as T;
}
