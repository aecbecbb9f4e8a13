import { type clusterProcedures, score } from '../../contract/procedures/clusters.ts';
import type { Handlers } from '../../contract/server.ts';
import { clustersOfFace } from '../../jobs/clusters/of-face.ts';
import { centroidHistogram, clusterMembers, clusterProfiles } from '../../jobs/clusters/profiles.ts';
import type { Workplace } from '../workplace.ts';

export const clusterHandlers = (place: Workplace): Handlers<typeof clusterProcedures> => ({
  'clusterings.list': () => place.project.clusterings(),
  'clusterings.assignment': ({ clustering }) => {
    const { faces, assignment } = place.project.clusteringData(place.project.clustering(clustering));
    return { faces, assignment };
  },
  'clusterings.profiles': (input, options) => clusterProfiles(place.project, place.lookups, input, options),
  'clusterings.members': (input, options) => clusterMembers(place.project, place.lookups, input, options),
  'clusterings.ofFace': ({ face }, options) => clustersOfFace(place.project, face, options),
  'clusterings.similarity': async ({ clustering }, options) => {
    const { counts, pairs, mean } = await centroidHistogram(
      place.project,
      place.lookups,
      clustering,
      options,
    );
    return { counts: Float64Array.from(counts), pairs, mean };
  },
  'scores.list': () =>
    place.project.scores().map(({ result, ...rest }) => ({ ...rest, result: score.parse(result) })),
});
