import type { WorkOptions } from '../../foundation/progress.ts';
import { throwIfCancelled } from '../../foundation/progress.ts';
import type { ProjectStore } from '../../project/store.ts';

/** The cluster of a face in every clustering that holds it, in the order of the clusterings. */
export async function clustersOfFace(
  project: ProjectStore,
  face: number,
  { signal }: WorkOptions = {},
): Promise<{ clustering: string; cluster: number }[]> {
  const found: { clustering: string; cluster: number }[] = [];
  for (const clustering of project.clusterings()) {
    // Each clustering of half a million faces is a read of megabytes: others have their turn in between.
    await new Promise((resolve) => setImmediate(resolve));
    throwIfCancelled(signal);
    const { faces, assignment } = project.clusteringData(clustering);
    const at = faces.indexOf(face);
    if (at >= 0) found.push({ clustering: clustering.name, cluster: assignment[at] });
  }
  return found;
}
