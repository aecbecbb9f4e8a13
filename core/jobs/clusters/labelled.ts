import type { Labelled } from '../../clusters/metrics/scoreboard.ts';
import { Fault } from '../../foundation/fault.ts';
import type { ProjectStore } from '../../project/store.ts';
import type { Clustering } from '../../project/types.ts';

/** Clustered faces with what is known of them: one entry per face in all columns. */
export interface LabelledClusters {
  faces: Int32Array;
  data: Labelled;
  sources: Int32Array;
  /** −1 where unknown. */
  identities: Int32Array;
}

/** A clustering beside the current labels of its faces (of one source, where one is named). */
export function labelledClusters(
  project: ProjectStore,
  clustering: Clustering,
  source?: string,
): LabelledClusters {
  const { faces, assignment } = project.clusteringData(clustering);
  // Rows of the table are in the order of the faces that are asked for.
  const { values, cohorts, sources, identities } = project.labelTable(faces);
  const { k } = clustering;
  if (source === undefined)
    return { faces, data: { clusters: assignment, k, values, cohorts }, sources, identities };
  const only = project.source(source).id;
  const kept = Int32Array.from(faces.keys()).filter((i) => sources[i] === only);
  if (kept.length === 0)
    throw new Fault(`No face of the clustering '${clustering.name}' is of the source '${source}'.`);
  return {
    faces: kept.map((i) => faces[i]),
    data: {
      clusters: kept.map((i) => assignment[i]),
      k,
      values: values.map((column) => Int8Array.from(kept, (i) => column[i])),
      cohorts: Int16Array.from(kept, (i) => cohorts[i]),
    },
    sources: kept.map((i) => sources[i]),
    identities: kept.map((i) => identities[i]),
  };
}
