import type { analysisProcedures } from '../../contract/procedures/analysis.ts';
import type { Handlers } from '../../contract/server.ts';
import { centroidHistogram, clusterProfiles } from '../../jobs/clusters/profiles.ts';
import { nearestFaces } from '../../jobs/nearest.ts';
import type { Workplace } from '../workplace.ts';

export const analysisHandlers = (place: Workplace): Handlers<typeof analysisProcedures> => ({
  'features.list': () => place.project.featureSets(),
  'features.row': ({ features, face }) => {
    const set = place.project.featureSet(features);
    const has = place.project.featureFaces(set).includes(face);
    return { row: has ? place.project.featureMatrix(set, Int32Array.of(face)) : null };
  },
  'features.nearest': ({ features, face, count }, options) =>
    nearestFaces(place.project, place.lookups, { features, face, count }, options),
  'clusterings.list': () => place.project.clusterings(),
  'clusterings.assignment': ({ clustering }) => {
    const { faces, assignment } = place.project.clusteringData(place.project.clustering(clustering));
    return { faces, assignment };
  },
  'clusterings.profiles': async ({ clustering }, options) =>
    (await clusterProfiles(place.project, place.lookups, { clustering }, options)).map((profile) => ({
      ...profile,
    })),
  'clusterings.similarity': ({ clustering }) => ({
    counts: Float64Array.from(centroidHistogram(place.project, clustering).counts),
  }),
  'scores.list': () => place.project.scores(),
  'projections.list': () => place.project.projections(),
  'projections.points': ({ projection }) =>
    place.project.projectionData(place.project.projection(projection)),
});
