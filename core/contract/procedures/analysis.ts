import { z } from 'zod';
import { procedure } from '../procedure.ts';
import { clustering, faceId, featureSet, float32s, float64s, ids, int32s, projection } from '../values.ts';

/** Features, clusterings, scores and maps of the project. Making them is a job; these read what is there. */
export const analysisProcedures = {
  'features.list': procedure(z.object({}), z.array(featureSet)),
  /** One face's row. */
  'features.row': procedure(
    z.object({ features: z.string(), face: faceId }),
    z.object({ row: float32s.nullable() }),
  ),
  /** The faces most similar to one, by cosine similarity of their rows; the face itself is left out. */
  'features.nearest': procedure(
    z.object({ features: z.string(), face: faceId, count: z.int().min(1).max(200) }),
    z.object({ faces: ids, similarities: float32s }),
  ),
  'clusterings.list': procedure(z.object({}), z.array(clustering)),
  'clusterings.assignment': procedure(
    z.object({ clustering: z.string() }),
    z.object({ faces: ids, assignment: int32s }),
  ),
  'clusterings.profiles': procedure(
    z.object({ clustering: z.string() }),
    z.array(z.record(z.string(), z.unknown())),
  ),
  /** Cosine similarity between centroids, 100 bins over [−1, 1] (thesis Fig 5.8). */
  'clusterings.similarity': procedure(z.object({ clustering: z.string() }), z.object({ counts: float64s })),
  'scores.list': procedure(
    z.object({}),
    z.array(
      z.object({
        id: z.int(),
        clustering: z.int(),
        result: z.record(z.string(), z.unknown()),
        time: z.number(),
      }),
    ),
  ),
  'projections.list': procedure(z.object({}), z.array(projection)),
  'projections.points': procedure(
    z.object({ projection: z.string() }),
    z.object({ faces: ids, xy: float32s }),
  ),
};
