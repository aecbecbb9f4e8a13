import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** Vulkan's software driver that Chromium brings, for machines without a GPU. */
const CHROMIUM = '/usr/lib/chromium';
const DRIVER = `${CHROMIUM}/vk_swiftshader_icd.json`;
const script = fileURLToPath(new URL('./tasks/resident-gpu.ts', import.meta.url));

interface Told {
  reason?: string;
  runs: { cpu: number[]; gpu: number[] };
  weights: number;
  resumed: { cpu: number[]; gpu: number[] };
}

/** A process of its own: a driver that fails takes its process along. */
function trainedOnBoth(env: NodeJS.ProcessEnv): Told {
  const out = execFileSync(process.execPath, [script], { env, maxBuffer: 1 << 24 }).toString();
  return JSON.parse(out.trim().split('\n').at(-1) ?? '') as Told;
}

const software = existsSync(DRIVER);
const told = trainedOnBoth({
  ...process.env,
  ...(software && { VK_ICD_FILENAMES: DRIVER, LD_LIBRARY_PATH: CHROMIUM }),
});

test.skipIf(told.reason !== undefined)(
  `a training state that stays on the GPU makes the steps of the CPU${told.reason === undefined ? '' : ` (skipped: ${told.reason})`}`,
  () => {
    const { runs, weights, resumed } = told;
    expect(runs.cpu).toHaveLength(3);
    for (const [i, loss] of runs.gpu.entries())
      expect(Math.abs(loss - runs.cpu[i]) / runs.cpu[i]).toBeLessThan(1e-3);
    expect(weights).toBeLessThan(1e-3);
    // Read, written into another session, and gone on with.
    expect(resumed.gpu).toEqual([runs.gpu[2]]);
    expect(resumed.cpu).toEqual([runs.cpu[2]]);
  },
  600_000,
);
