import { embed } from '../../core/jobs/embed.ts';
import type { Bench } from './bench.ts';
import { comparePipeline, modelOf } from './face-pipeline.ts';

let sets = 0;

/** MobileFaceNet on each face, aligned by its five points. */
export const bench: Bench = {
  name: 'Embedding',
  run: () =>
    comparePipeline(
      'embed',
      (project) => [{ prepared: modelOf(project, 'embedding'), runs: 1 }],
      async ({ project, engine, faces }) => {
        const { name: model } = modelOf(project, 'embedding').manifest;
        const { embedded, facesPerSecond } = await embed(project, engine, { model, name: `set${sets++}` });
        if (embedded !== faces.length) throw new Error(`${embedded} of ${faces.length} faces were embedded.`);
        return facesPerSecond;
      },
    ),
};
