import type { analysisProcedures } from '../../contract/procedures/analysis.ts';
import type { Handlers } from '../../contract/server.ts';
import { nearestFaces } from '../../jobs/nearest.ts';
import { meanRow } from '../../jobs/routing.ts';
import type { Workplace } from '../workplace.ts';

export const analysisHandlers = (place: Workplace): Handlers<typeof analysisProcedures> => ({
  'features.list': () => place.project.featureSets(),
  'features.row': ({ features, face }) => {
    const set = place.project.featureSet(features);
    const has = place.project.featureFaces(set).includes(face);
    return { row: has ? place.project.featureMatrix(set, Int32Array.of(face)) : null };
  },
  'features.mean': (input, options) => meanRow(place.project, place.lookups, input, options),
  'features.nearest': ({ features, face, count }, options) =>
    nearestFaces(place.project, place.lookups, { features, face, count }, options),
  'projections.list': () => place.project.projections(),
  'projections.points': ({ projection }) =>
    place.project.projectionData(place.project.projection(projection)),
});
