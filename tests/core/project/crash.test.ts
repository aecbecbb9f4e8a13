import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Random } from '../../../core/foundation/random.ts';
import { Project } from '../../../core/project/project.ts';
import { projectOf, scratch } from './scratch.ts';

const folder = scratch();
const CHILD = fileURLToPath(new URL('labelling-child.ts', import.meta.url));
const FACES = 200;

interface Change {
  face: number;
  attribute: number;
  value: number;
}

/** Starts the child, kills it after `lines` acknowledgements and `delay` more milliseconds; gives whole lines. */
async function killed(path: string, seed: number, lines: number, delay: number): Promise<string[]> {
  const child = spawn(process.execPath, [CHILD, path, String(FACES), String(seed)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stderr.on('data', (bytes: Buffer) => {
    err += bytes;
  });
  let killing = false;
  child.stdout.on('data', (bytes: Buffer) => {
    out += bytes;
    if (killing || out.split('\n').length <= lines) return;
    killing = true;
    setTimeout(() => child.kill('SIGKILL'), delay);
  });
  await new Promise((resolve) => child.once('close', resolve));
  if (!killing) throw new Error(`The child ended by itself: ${err}`);
  return out.split('\n').filter((line) => line.endsWith('}'));
}

test('SIGKILL at any moment loses no acknowledged label, and the project opens sound', async () => {
  const project = projectOf(join(folder, 'crash.visage'), FACES);
  const { path } = project;
  project.close();
  const random = new Random(4);
  const said = new Map<number, Change[]>();
  const undone = new Set<number>();
  for (let round = 0; round < 10; round++) {
    const lines = await killed(path, round, 1 + random.below(30), random.below(12));
    for (const line of lines) {
      const { batch, changes, undone: target } = JSON.parse(line);
      if (target === undefined) said.set(batch, changes);
      else undone.add(target);
    }
    // At once: nothing is left locked by the dead process.
    const opened = Project.open(path, { wait: 0 });
    expect(opened.verify()).toEqual([]);
    const events = new Map<number, Change[]>();
    for (let face = 1; face <= FACES; face++) {
      for (const event of opened.history(face)) {
        if (event.retracts !== null) continue;
        const { attribute, value } = event;
        const list = events.get(event.batch) ?? [];
        list.push({ face, attribute, value });
        events.set(event.batch, list);
      }
    }
    const sorted = (changes: Change[]): string[] => changes.map((change) => JSON.stringify(change)).sort();
    for (const [batch, changes] of said) {
      expect(sorted(events.get(batch) ?? [])).toEqual(sorted(changes));
    }
    const standing = new Map(opened.batches().map((batch) => [batch.id, !batch.undone]));
    for (const batch of undone) expect(standing.get(batch)).toBe(false);
    // The rows of the interrupted feature set are those of its faces.
    const set = opened.featureSet(`run ${round}`);
    const matrix = opened.featureMatrix(set);
    opened.featureFaces(set).forEach((face, row) => {
      expect(matrix[row * 64 + 63]).toBe(face);
    });
    opened.close();
  }
  expect(said.size).toBeGreaterThan(20);
});
