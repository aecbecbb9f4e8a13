import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { EngineClient } from '../../engine/types.ts';
import type { WorkOptions } from '../../foundation/progress.ts';
import { writeWhole } from '../../foundation/whole.ts';
import type { Candidate } from '../../training/data/candidates.ts';
import { EpochSampler } from '../../training/data/sampler.ts';
import type { SamplesInput } from '../../training/data/samples-task.ts';
import type { TrainSettings } from '../../training/settings.ts';

const TASK = new URL('../../training/data/samples-task.ts', import.meta.url);
/** Enough to see how faces are cut and lit; a few hundred kilobytes at 112 pixels. */
const MOST = 32;

const sample = z.object({ identity: z.string(), name: z.string(), mirrored: z.boolean() });
const record = z.object({ pictures: z.string(), samples: z.array(sample) });
/** A picture of a run as its network saw it. */
export type Sample = z.infer<typeof sample>;

const folderOf = (run: string): string => join(run, 'samples');
const listOf = (run: string): string => join(folderOf(run), 'samples.json');

/** File of a run's sample by its position. */
export const sampleFile = (run: string, position: number): string => join(folderOf(run), `${position}.png`);

export interface Sampling {
  /** .npy file of prepared pictures, and the hash of their pixels. */
  path: string;
  hash: string;
  /** Positions in it of the pictures that are trained on, and their faces. */
  rows: Int32Array;
  faces: readonly Candidate[];
  settings: TrainSettings;
}

/**
 * Keeps the first pictures of the first step beside the run, as the network is given them: the prepared pictures
 * themselves go when it is done.
 * @throws Fault when there are fewer pictures than one step takes
 */
export async function keepSamples(
  engine: EngineClient,
  run: string,
  { path, hash, rows, faces, settings }: Sampling,
  options: WorkOptions,
): Promise<void> {
  const sampler = new EpochSampler(rows.length, {
    ...settings,
    batch: settings.batch * settings.accumulate,
  });
  if (existsSync(listOf(run)) && readSamples(run)?.pictures === hash) return;
  const first = sampler.at(0, 0);
  const chosen = first.rows.slice(0, MOST);
  const mirrored = first.mirrored.slice(0, MOST);
  await engine.run<SamplesInput, null>(
    TASK,
    { pictures: path, folder: folderOf(run), rows: chosen.map((row) => rows[row]), mirrored },
    options,
  );
  const samples = Array.from(chosen, (row, i): Sample => {
    const { identity, name } = faces[row];
    return { identity, name, mirrored: mirrored[i] === 1 };
  });
  writeWhole(listOf(run), JSON.stringify({ pictures: hash, samples }, null, 1));
}

/** Undefined where a run has none yet. */
export function readSamples(run: string): z.infer<typeof record> | undefined {
  try {
    return record.parse(JSON.parse(readFileSync(listOf(run), 'utf8')));
  } catch {
    // They are only to look at: a run without them, or with damaged ones, is none the worse.
    return undefined;
  }
}
