import { similarityHistogram } from '../../core/evaluation/similarities.ts';
import type { EvaluationDetail, EvaluationFigures } from '../../core/jobs/evaluate.ts';
import { versions } from '../../core/jobs/versions.ts';
import { Project } from '../../core/project/project.ts';

/** Puts an evaluation of the demo's first network into a project, for specs that only look at how one is shown. */
export function addEvaluation(path: string): void {
  const project = Project.open(path);
  try {
    const { name, hash } = project.models()[0];
    const [first, second] = project.faces(project.select({}).slice(0, 2)).map(({ id, path: place }) => ({
      ...{ path: place, face: id },
    }));
    const rates = { tar: 0.4, far: 0.01, threshold: 0.5 };
    const figures: EvaluationFigures = {
      ...{ model: name, modelHash: hash, tap: 'embedding', set: 'a set', layout: 'list of pairs' },
      ...{ pairs: 200, same: 100, pictures: 150, drawn: null, folds: 2, flip: true },
      ...{ accuracy: 0.7, deviation: 0.02, foldAccuracies: [0.68, 0.72], foldThresholds: [1.4, 1.42] },
      ...{ falseAccepts: 20, falseRejects: 40, auc: 0.75, eer: 0.3 },
      val: { target: 1e-3, val: 0.1, deviation: 0.01, far: 0 },
      tarAtFar: [1e-3, 1e-2].map((target) => ({ ...rates, target, nearest: rates, allowed: 100 * target })),
      ...{ crop: { kind: 'whole', fit: 'stretch' }, device: 'CPU', reason: '', facesPerSecond: 50 },
      ...{ remarks: ['2 faces left out.'], versions: versions(), seconds: 3 },
    };
    const pair = { first, second, cosine: 0.6, threshold: 0.3 };
    const detail: EvaluationDetail = {
      roc: { far: [0, 0.01, 1], tar: [0.1, 0.4, 1] },
      similarities: similarityHistogram([0.1, 0.2, 0.7], [false, false, true]),
      wrong: { accepted: [pair], rejected: [pair, { ...pair, second: { path: 'b/2.jpg', face: null } }] },
    };
    project.addEvaluation({
      ...{ key: 'shown', model: name, modelHash: hash, pairs: 'a set', pairsHash: 'abc' },
      ...{ result: { ...figures }, detail: { ...detail } },
    });
  } finally {
    project.close();
  }
}
