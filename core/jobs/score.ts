import { ENTROPY_MEANS, type EntropyMean } from '../clusters/metrics/agreement.ts';
import type { ScoreTaskInput } from '../clusters/metrics/score-task.ts';
import type { Scoreboard } from '../clusters/metrics/scoreboard.ts';
import type { EngineClient } from '../engine/types.ts';
import { Fault, UsageFault } from '../foundation/fault.ts';
import type { ProjectStore } from '../project/store.ts';
import { labelledClusters } from './clusters/labelled.ts';
import { type JobOptions, recorded } from './recorded.ts';

const TASK = new URL('../clusters/metrics/score-task.ts', import.meta.url);

export interface ScoreInput {
  /** Name of the clustering. */
  clustering: string;
  /** How entropies are averaged in AMI and NMI; default 'arithmetic'. */
  mean?: EntropyMean;
  /** Permutations that the chance level is the mean of; default 10. */
  permutations?: number;
  seed?: number;
  /** Only faces of this source, as Table 5.1 has a column per data set. */
  source?: string;
}

/** What `visage score --json` prints: fractions, not × 100. */
export interface ScoreResult extends Scoreboard {
  clustering: string;
  features: string | null;
  k: number;
  /** Clustered faces (of the source). */
  faces: number;
  source: string | null;
}

export const DEFAULT_PERMUTATIONS = 10;

/** Scores a clustering against the current labels and keeps the score with it. */
export async function score(
  project: ProjectStore,
  engine: EngineClient,
  input: ScoreInput,
  options: JobOptions = {},
): Promise<ScoreResult> {
  const { mean = 'arithmetic', permutations = DEFAULT_PERMUTATIONS, seed = 0, source } = input;
  if (!ENTROPY_MEANS.includes(mean)) {
    throw new UsageFault(`'${mean}' is no mean of entropies; allowed: ${ENTROPY_MEANS.join(', ')}.`);
  }
  if (!Number.isInteger(permutations) || permutations < 0) {
    throw new UsageFault(`'${permutations}' is no number of permutations; allowed: whole numbers from 0.`);
  }
  return recorded(project, 'score', input, options, async () => {
    const clustering = project.clustering(input.clustering);
    const { faces, data } = labelledClusters(project, clustering, source);
    const settings = { mean, permutations, seed };
    const board = await engine.run<ScoreTaskInput, Scoreboard>(TASK, { data, settings }, options);
    if (Object.values(board.labelled).every((count) => count === 0)) {
      throw new Fault(
        `None of the ${faces.length} faces of '${clustering.name}' has a label, so there is nothing to score against; pre-label them first (visage prelabel, visage heads apply).`,
      );
    }
    const result: ScoreResult = {
      clustering: clustering.name,
      features: project.featureSets().find(({ id }) => id === clustering.featureSet)?.name ?? null,
      k: clustering.k,
      faces: faces.length,
      source: source ?? null,
      ...board,
    };
    project.addScore(clustering.id, { ...result });
    return result;
  });
}
