import { z } from 'zod';
import { procedure } from '../procedure.ts';
import { faceId, featureSet, float32s, ids, name, projection } from '../values.ts';

/** Features and maps of the project. Making them is a job; these read what is there. */
export const analysisProcedures = {
  'features.list': procedure(z.object({}), z.array(featureSet)),
  /** One face's row. */
  'features.row': procedure(
    z.object({ features: z.string(), face: faceId }),
    z.object({ row: float32s.nullable() }),
  ),
  /** Mean row over all faces of a feature set, or over those of one cluster (of any clustering), and how many they are. */
  'features.mean': procedure(
    z.object({ features: name, clustering: name.optional(), cluster: z.int().min(0).optional() }),
    z.object({ row: float32s, faces: z.int() }),
  ),
  /** The faces most similar to one, by cosine similarity of their rows; the face itself is left out. */
  'features.nearest': procedure(
    z.object({ features: z.string(), face: faceId, count: z.int().min(1).max(200) }),
    z.object({ faces: ids, similarities: float32s }),
  ),
  'projections.list': procedure(z.object({}), z.array(projection)),
  'projections.points': procedure(
    z.object({ projection: z.string() }),
    z.object({ faces: ids, xy: float32s }),
  ),
};
