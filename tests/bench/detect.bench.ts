import { detect } from '../../core/jobs/detect.ts';
import type { Bench } from './bench.ts';
import { comparePipeline, modelOf } from './face-pipeline.ts';

/** RFB-320 over whole pictures, then PFLD twice on each face; each picture is looked at once (no second look with a border). */
export const bench: Bench = {
  name: 'Finding faces',
  run: () =>
    comparePipeline(
      'detect',
      (project) => [
        { prepared: modelOf(project, 'detector'), runs: 1 },
        { prepared: modelOf(project, 'landmarks'), runs: 2 },
      ],
      async ({ project, engine, faces }) => {
        const { pictures, facesPerSecond, found } = await detect(project, engine, { again: true, pad: 0 });
        if (found < 0.99 * faces.length)
          throw new Error(`Only ${found} of ${faces.length} faces were found.`);
        return (facesPerSecond / found) * pictures;
      },
    ),
};
