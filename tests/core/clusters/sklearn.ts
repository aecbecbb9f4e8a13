import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs a Python snippet that sees `given` (parsed JSON), `folder` (where .npy files may lie) and numpy as `np`, and
 * sets `result`; gives the result back. A missing package is a failure, not a skip.
 */
export function python<Result>(code: string, given: unknown = null, folder?: string): Result {
  const own = folder ?? mkdtempSync(join(tmpdir(), 'visage-python-'));
  try {
    writeFileSync(join(own, 'given.json'), JSON.stringify(given));
    const script = [
      'import json, sys, warnings',
      'import numpy as np',
      "warnings.filterwarnings('ignore')",
      'folder = sys.argv[1]',
      "given = json.load(open(folder + '/given.json'))",
      code,
      "json.dump(result, open(folder + '/result.json', 'w'))",
    ].join('\n');
    const run = spawnSync('/usr/bin/python3', ['-c', script, own], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`Python failed: ${run.error?.message ?? run.stderr}`);
    return JSON.parse(readFileSync(join(own, 'result.json'), 'utf8')) as Result;
  } finally {
    if (folder === undefined) rmSync(own, { recursive: true, force: true });
  }
}
