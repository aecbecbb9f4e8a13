import type { Labelled } from '../../clusters/metrics/scoreboard.ts';
import { Fault } from '../../foundation/fault.ts';
import type { ProjectStore } from '../../project/store.ts';
import type { Clustering } from '../../project/types.ts';

/** A clustering beside the current labels of its faces (of one source, where one is named). */
export function labelledClusters(
  project: ProjectStore,
  clustering: Clustering,
  source?: string,
): { faces: Int32Array; data: Labelled } {
  const stored = project.clusteringData(clustering);
  const table = project.labelTable(stored.faces);
  const only = source === undefined ? undefined : project.source(source).id;
  const clusterOf = new Map<number, number>();
  stored.faces.forEach((face, i) => {
    clusterOf.set(face, stored.assignment[i]);
  });
  const kept: number[] = [];
  for (let i = 0; i < table.faces.length; i++) {
    if (only === undefined || table.sources[i] === only) kept.push(i);
  }
  if (kept.length === 0) {
    throw new Fault(`No face of the clustering '${clustering.name}' is of the source '${source}'.`);
  }
  return {
    faces: Int32Array.from(kept, (i) => table.faces[i]),
    data: {
      clusters: Int32Array.from(kept, (i) => clusterOf.get(table.faces[i]) as number),
      k: clustering.k,
      values: table.values.map((column) => Int8Array.from(kept, (i) => column[i])),
      cohorts: Int16Array.from(kept, (i) => table.cohorts[i]),
    },
  };
}
