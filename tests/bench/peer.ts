import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs a Python snippet in `folder` that sets `result`, and gives it back. The snippet sees numpy as np, time, and
 * `mixture(seed, n, columns, centres)`: float32 points around centres of different width, as features lie.
 */
export function python<Result>(folder: string, code: string): Result {
  const script = `
import json, time, warnings
import numpy as np
warnings.filterwarnings('ignore')
def mixture(seed, n, columns, centres):
    rng = np.random.default_rng(seed)
    means = rng.normal(size=(centres, columns))
    own = rng.integers(centres, size=n)
    width = rng.uniform(0.3, 1.2, size=centres)
    return (means[own] + width[own, None] * rng.normal(size=(n, columns))).astype(np.float32)
${code}
print(json.dumps(result))`;
  return JSON.parse(
    execFileSync('/usr/bin/python3', ['-c', script], { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 }),
  ) as Result;
}

/** Runs work in a temporary folder that is removed afterwards. */
export async function inScratch<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'visage-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
