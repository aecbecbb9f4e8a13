import type { EvaluationRecord, ProjectStore } from '../../project/store.ts';
import type { EvaluationDetail, EvaluationFigures } from '../evaluate.ts';

/** An evaluation that a project keeps, as `visage evaluate --list --json` prints it. */
export interface KeptEvaluation extends EvaluationFigures {
  id: number;
  /** Equal where the pairs are the same. */
  pairsHash: string;
  /** True where the network is a model of the project with just this content. */
  inProject: boolean;
  time: number;
}

/** The oldest first. */
export function listEvaluations(project: ProjectStore): KeptEvaluation[] {
  const hashes = new Set(project.models().map(({ name, hash }) => `${hash} ${name}`));
  return project.evaluations().map(({ id, model, modelHash, pairsHash, result, time }: EvaluationRecord) => ({
    ...(result as unknown as EvaluationFigures),
    ...{ id, pairsHash, time, inProject: hashes.has(`${modelHash} ${model}`) },
  }));
}

export const evaluationDetail = (project: ProjectStore, id: number): EvaluationDetail =>
  project.evaluationDetail(id) as unknown as EvaluationDetail;
