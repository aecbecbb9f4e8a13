import { ATTRIBUTES } from '../../core/attributes/attributes.ts';
import { Random } from '../../core/foundation/random.ts';
import { Project } from '../../core/project/project.ts';

/** Name of the model that `suggestLabels` lets speak. */
export const SUGGESTER = 'suggester';

/**
 * Takes the data set's labels of a demo project back and lets a model say them instead, a tenth of them wrong, as a
 * project is before anybody labelled it. Every 20th face stays unlabelled.
 */
export function suggestLabels(path: string): void {
  const project = Project.open(path);
  try {
    const { faces, values } = project.labelTable();
    const truth = values.map((column) => column.slice());
    const imported = project.batches().find(({ kind }) => kind === 'import');
    if (imported === undefined) throw new Error('The demo has no import to take back.');
    project.undo(imported.id);
    const random = new Random(9);
    const changes = [...faces].flatMap((face, i) =>
      i % 20 === 19
        ? []
        : ATTRIBUTES.map(({ values: words }, attribute) => ({
            face,
            attribute,
            value: random.uniform() < 0.1 ? random.below(words.length) : truth[attribute][i],
            confidence: 0.5 + random.uniform() / 2,
          })),
    );
    project.label(
      changes,
      { origin: 'model', name: SUGGESTER, hash: '5'.repeat(64) },
      { kind: 'prelabel', description: 'suggested' },
    );
  } finally {
    project.close();
  }
}
