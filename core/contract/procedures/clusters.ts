import { z } from 'zod';
import { ATTRIBUTE_NAMES } from '../../attributes/attributes.ts';
import { procedure } from '../procedure.ts';
import { clustering, faceId, float32s, float64s, ids, int32s, name } from '../values.ts';

const figure = z.number().nullable();
const attributes = z.object(
  Object.fromEntries(ATTRIBUTE_NAMES.map((attribute) => [attribute, figure])) as Record<
    (typeof ATTRIBUTE_NAMES)[number],
    typeof figure
  >,
);
const perAttribute = attributes.extend({ cohort: figure });

/** Purity and AMI of Table 5.1 as fractions, null where no face has the label. Scores hold more; the window needs these. */
const figures = z.object({
  purity: attributes.extend({ strict: figure, tolerant: figure }),
  ami: perAttribute,
});

/** A stored score: figures, the level of each that chance gives at this k, and what they rest on. */
export const score = figures.extend({
  /** Null without permutations. */
  chance: figures.nullable(),
  permutations: z.int(),
  seed: z.int(),
  /** Mean of entropies in AMI. */
  mean: z.string(),
  k: z.int(),
  faces: z.int(),
  /** Null for all sources. */
  source: z.string().nullable(),
  /** Faces whose label is known, per figure. */
  labelled: z.record(z.enum(['cohort', ...ATTRIBUTE_NAMES]), z.int()),
});
export type ScoreShown = z.infer<typeof score>;

const typical = z.array(z.object({ face: z.int(), distance: z.number() }));
const counted = z.array(z.object({ name: z.string(), count: z.int() }));

/** What a cluster is about, as `visage score --profiles --json` prints it. */
export const clusterProfile = z.object({
  cluster: z.int(),
  size: z.int(),
  /** Faces with all five attributes. */
  labelled: z.int(),
  majority: z.object({ code: z.string(), count: z.int(), share: z.number() }).nullable(),
  /** Faces per value of each attribute. */
  counts: z.array(z.array(z.int())),
  lifts: z.array(
    z.object({
      attribute: z.int(),
      value: z.int(),
      count: z.int(),
      share: z.number(),
      base: z.number(),
      lift: z.number(),
      sure: z.boolean(),
    }),
  ),
  name: z.string(),
  /** Nearest to the centroid first; farthest first. */
  exemplars: typical,
  outliers: typical,
  sources: counted,
  identities: z.object({ known: z.int(), distinct: z.int(), largest: counted }),
});
export type ClusterProfileShown = z.infer<typeof clusterProfile>;

/** Clusterings and their scores. Making them is a job; these read what is there. Clusters are numbered from 0. */
export const clusterProcedures = {
  'clusterings.list': procedure(z.object({}), z.array(clustering)),
  'clusterings.assignment': procedure(
    z.object({ clustering: name }),
    z.object({ faces: ids, assignment: int32s }),
  ),
  'clusterings.profiles': procedure(
    z.object({ clustering: name, source: name.optional() }),
    z.array(clusterProfile),
  ),
  /** The faces of one cluster with their Euclidean distances to its centroid, nearest first. */
  'clusterings.members': procedure(
    z.object({ clustering: name, cluster: z.int().min(0) }),
    z.object({ faces: ids, distances: float32s }),
  ),
  /** The cluster of a face in every clustering that holds it. */
  'clusterings.ofFace': procedure(
    z.object({ face: faceId }),
    z.array(z.object({ clustering: z.string(), cluster: z.int() })),
  ),
  /** Cosines between all pairs of centroids, counted in 100 bins over [−1, 1] (thesis Fig 5.8). */
  'clusterings.similarity': procedure(
    z.object({ clustering: name }),
    z.object({ counts: float64s, pairs: z.int(), mean: z.number() }),
  ),
  /** All stored scores, the oldest first. */
  'scores.list': procedure(
    z.object({}),
    z.array(z.object({ id: z.int(), clustering: z.int(), result: score, time: z.number() })),
  ),
};
