import type { ClassifierInput, ClassifierOutput } from '../clusters/classifier-task.ts';
import type { EngineClient } from '../engine/types.ts';
import { Fault } from '../foundation/fault.ts';
import type { ProjectStore } from '../project/store.ts';
import type { FeatureSet, Selection } from '../project/types.ts';
import { CLUSTERS } from '../training/cluster-head.ts';
import { chosenRows, rowsOfFaces } from './clusters/chosen-rows.ts';
import { type JobOptions, recorded } from './recorded.ts';

const TASK = new URL('../clusters/classifier-task.ts', import.meta.url);

export interface ClassifyInput {
  /** Feature set with one score per cluster: the tap 'clusters' of a network that was trained with them. */
  scores: string;
  /** Feature set that the clusters are of; the same model's routing vectors if left out. */
  features?: string;
  /** Default: the scores' name with 'classifier'. The same name again replaces. */
  name?: string;
  /** Only these faces. */
  selection?: Selection;
}

/** What `visage cluster --by-classifier --json` prints. */
export interface ClassifyResult {
  clustering: string;
  scores: string;
  features: string;
  k: number;
  faces: number;
  inertia: number;
  /** Clusters that no face was assigned to. */
  empty: number;
  seconds: number;
}

/** Clusters as the network's own classifier assigns them, the greatest score: how the thesis has them for AS1 to AS5. */
export async function classifyClusters(
  project: ProjectStore,
  engine: EngineClient,
  input: ClassifyInput,
  options: JobOptions = {},
): Promise<ClassifyResult> {
  const scores = project.featureSet(input.scores);
  if (scores.tap !== CLUSTERS) {
    throw new Fault(
      `'${scores.name}' holds no scores of clusters: the tap '${CLUSTERS}' of a network that was trained with clusters does (visage train --clusters, visage embed --taps ${CLUSTERS}).`,
    );
  }
  const features = featuresOf(project, scores, input.features);
  const { faces, rows } = chosenRows(project, scores, input.selection);
  const name = input.name ?? `${scores.name}:classifier`;
  return recorded(project, 'cluster', input, options, async () => {
    const begun = performance.now();
    const output = await engine.run<ClassifierInput, ClassifierOutput>(
      TASK,
      {
        ...{ scores: scores.file, features: features.file },
        names: { scores: scores.name, features: features.name },
        rows: { scores: rows, features: rowsOfFaces(project, features, faces) },
      },
      options,
    );
    const { assignment, centroids, inertia, k, empty } = output;
    const seconds = (performance.now() - begun) / 1000;
    project.addClustering(
      {
        ...{ name, featureSet: features.id, k, inertia, iterations: 0 },
        settings: { k, assigned: 'classifier', scores: scores.name },
        ...{ device: scores.device, seconds },
      },
      faces,
      assignment,
      centroids,
    );
    return {
      ...{ clustering: name, scores: scores.name, features: features.name, k, faces: faces.length },
      ...{ inertia, empty, seconds },
    };
  });
}

function featuresOf(project: ProjectStore, scores: FeatureSet, name: string | undefined): FeatureSet {
  if (name !== undefined) return project.featureSet(name);
  const found = project
    .featureSets()
    .find(
      ({ kind, model, modelHash }) =>
        kind === 'routing' && model === scores.model && modelHash === scores.modelHash,
    );
  if (found !== undefined) return found;
  throw new Fault(
    `The routing vectors of '${scores.model}' have not been extracted, and the clusters are of them: visage embed PROJECT --model ${scores.model} --taps routing.`,
  );
}
