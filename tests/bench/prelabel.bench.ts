import { prelabel } from '../../core/jobs/prelabel.ts';
import type { Bench } from './bench.ts';
import { comparePipeline, modelOf } from './face-pipeline.ts';

/** The FSA-Net pair and face-api's age and gender on each face. */
export const bench: Bench = {
  name: 'Pre-labelling',
  run: () =>
    comparePipeline(
      'prelabel',
      (project) => [
        { prepared: modelOf(project, 'pose'), runs: 1 },
        { prepared: modelOf(project, 'age-gender'), runs: 1 },
      ],
      async ({ project, engine, faces }) => {
        const models = ['fsanet', 'age-gender'];
        const said = await prelabel(project, engine, { models, again: true });
        if (said.faces !== faces.length)
          throw new Error(`${said.faces} of ${faces.length} faces were labelled.`);
        return said.facesPerSecond;
      },
    ),
};
