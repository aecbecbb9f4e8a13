import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recipeOf } from '../../core/jobs/train/recipe.ts';

const HASH = 'a'.repeat(64);

/** Puts records of training runs into a project, as training leaves them: 'drawn' is done, 'broken' diverged. */
export function writeRuns(project: string): void {
  for (const name of ['drawn', 'broken']) {
    const folder = join(project, 'runs', name);
    const done = name === 'drawn';
    const recipe = recipeOf({ network: 'dc', clusters: 30, epochs: 4, rate: done ? 0.1 : 10 });
    const result = {
      ...{ run: folder, name, network: 'dc', parameters: 700_000, faces: 600, pictures: 600, classes: 60 },
      ...{ rejected: 0, rejects: [], epochs: 4, steps: 40, resumed: 0, loss: 1.2, accuracy: 0.4 },
      ...{ validation: 0.8, imagesPerSecond: 50, seconds: 12, device: 'CPU', reason: 'There is no other.' },
      ...{ file: join(folder, 'network.onnx'), manifest: join(folder, 'manifest.json'), hash: HASH },
      ...{ model: null, remarks: [], restarts: 0 },
    };
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'network.onnx'), '');
    writeFileSync(
      join(folder, 'run.json'),
      JSON.stringify({
        ...{ format: 'visage-run-1', name, state: done ? 'done' : 'failed', recipe, input: {} },
        problem: done ? null : 'The loss is NaN at step 3: training diverged.',
        data: {
          ...{ from: project, hash: HASH, pictures: HASH, faces: 600, used: 600, classes: 60 },
          ...{ validation: null, remarks: ['Faces are aligned by their five points.'] },
        },
        network: { parameters: 700_000, initial: HASH, trained: done ? HASH : null },
        versions: { visage: '1', node: '24', onnxruntime: '1' },
        ...{ device: 'CPU', reason: 'There is no other.', started: done ? 2 : 1, ended: 3, starts: 1 },
        result: done ? result : null,
      }),
    );
    const points = Array.from({ length: done ? 40 : 2 }, (_, i) => ({
      ...{ step: i + 1, epoch: (i + 1) / 10, loss: 20 / (i + 1), accuracy: i / 80, clustering: 3 },
      ...{ rate: 0.1, imagesPerSecond: 50, ...(i % 10 === 9 && { validation: 0.5 + i / 100 }) },
    }));
    writeFileSync(join(folder, 'curve.jsonl'), points.map((point) => `${JSON.stringify(point)}\n`).join(''));
  }
}
