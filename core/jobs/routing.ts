import type { MeanRowInput } from '../clusters/mean-row-task.ts';
import type { EngineClient } from '../engine/types.ts';
import { Fault } from '../foundation/fault.ts';
import type { WorkOptions } from '../foundation/progress.ts';
import { parseRoutingLayout } from '../models/manifest.ts';
import type { ProjectStore } from '../project/store.ts';
import { rowsOfFaces } from './clusters/chosen-rows.ts';

const TASK = new URL('../clusters/mean-row-task.ts', import.meta.url);

/** The mean row of a feature set over all its faces, or over the faces of one cluster. */
export async function meanRow(
  project: ProjectStore,
  engine: EngineClient,
  { features, clustering: name, cluster }: { features: string; clustering?: string; cluster?: number },
  options: WorkOptions = {},
): Promise<{ row: Float32Array; faces: number }> {
  const set = project.featureSet(features);
  if (name === undefined || cluster === undefined) {
    const row = await engine.run<MeanRowInput, Float32Array>(TASK, { file: set.file }, options);
    return { row, faces: set.rows };
  }
  const { faces, assignment } = project.clusteringData(project.clustering(name));
  const own = faces.filter((_, i) => assignment[i] === cluster);
  if (own.length === 0) throw new Fault(`The cluster ${cluster} of '${name}' has no faces.`);
  const rows = rowsOfFaces(project, set, own);
  return {
    row: await engine.run<MeanRowInput, Float32Array>(TASK, { file: set.file, rows }, options),
    faces: own.length,
  };
}

/** Weights of the experts of one group at one place of the network; each row sums to 1. */
export interface RoutingGroup {
  group: number;
  face: number[];
  /** Mean over all faces of the feature set. */
  all: number[];
  /** Mean over the faces of this face's cluster; null without a clustering. */
  cluster: number[] | null;
}

export interface RoutingResult {
  features: string;
  face: number;
  /** The cluster that the face is in; null without a clustering, or where it is in none. */
  cluster: { clustering: string; cluster: number; faces: number } | null;
  faces: number;
  places: { name: string; experts: number; groups: RoutingGroup[] }[];
}

/**
 * A face's routing weights by place, group and expert (thesis §5.3), beside the means of all faces and of its cluster.
 * @throws Fault for features that are no routing vectors, and for a face without a row
 */
export async function routingOf(
  project: ProjectStore,
  engine: EngineClient,
  { features, face, clustering: name }: { features: string; face: number; clustering?: string },
  options: WorkOptions = {},
): Promise<RoutingResult> {
  const set = project.featureSet(features);
  const layout = parseRoutingLayout(set.layout, set.dimensions);
  if (layout === undefined)
    throw new Fault(
      `The features '${features}' are no routing vectors: nothing says which entries belong to which place of the network.`,
    );
  const [at] = rowsOfFaces(project, set, Int32Array.of(face));
  const row = project.featureMatrix(set, Int32Array.of(face));
  const all = await meanRow(project, engine, { features }, options);
  let own: { clustering: string; cluster: number; row: Float32Array; faces: number } | undefined;
  if (name !== undefined && at >= 0) {
    const { faces, assignment } = project.clusteringData(project.clustering(name));
    const place = faces.indexOf(face);
    if (place >= 0) {
      const cluster = assignment[place];
      const mean = await meanRow(project, engine, { features, clustering: name, cluster }, options);
      own = { clustering: name, cluster, ...mean };
    }
  }
  let from = 0;
  return {
    features,
    face,
    cluster: own ? { clustering: own.clustering, cluster: own.cluster, faces: own.faces } : null,
    faces: all.faces,
    places: layout.map(({ name: place, experts, groups }) => ({
      name: place,
      experts,
      groups: Array.from({ length: groups }, (_, group) => {
        const to = from + experts;
        const told = {
          group,
          face: Array.from(row.subarray(from, to)),
          all: Array.from(all.row.subarray(from, to)),
          cluster: own ? Array.from(own.row.subarray(from, to)) : null,
        };
        from = to;
        return told;
      }),
    })),
  };
}
