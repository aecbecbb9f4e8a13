import { z } from 'zod';
import { procedure } from '../procedure.ts';

const rates = z.object({ tar: z.number(), far: z.number(), threshold: z.number() });

/** A network judged on pairs: what `visage evaluate --list --json` prints, as far as the window needs it. */
export const evaluation = z.object({
  id: z.int(),
  model: z.string(),
  /** True where the network is a model of the project. */
  inProject: z.boolean(),
  tap: z.string(),
  set: z.string(),
  /** Equal where the pairs are the same. */
  pairsHash: z.string(),
  layout: z.string(),
  pairs: z.int(),
  same: z.int(),
  pictures: z.int(),
  drawn: z.object({ identities: z.int(), seed: z.int() }).nullable(),
  folds: z.int(),
  flip: z.boolean(),
  accuracy: z.number(),
  deviation: z.number(),
  foldAccuracies: z.array(z.number()),
  foldThresholds: z.array(z.number()),
  falseAccepts: z.int(),
  falseRejects: z.int(),
  auc: z.number(),
  eer: z.number(),
  val: z.object({ target: z.number(), val: z.number(), deviation: z.number(), far: z.number() }),
  tarAtFar: z.array(rates.extend({ target: z.number(), nearest: rates, allowed: z.number() })),
  device: z.string(),
  facesPerSecond: z.number(),
  remarks: z.array(z.string()),
  versions: z.record(z.string(), z.string()),
  time: z.number(),
});
export type EvaluationShown = z.infer<typeof evaluation>;

const picture = z.object({ path: z.string(), face: z.int().nullable() });
const wrong = z.object({ first: picture, second: picture, cosine: z.number(), threshold: z.number() });

/** Curve, similarities and errors of one evaluation. */
export const evaluationDetail = z.object({
  roc: z.object({ far: z.array(z.number()), tar: z.array(z.number()) }),
  /** Pairs by cosine, in bins of equal width over [−1, 1]. */
  similarities: z.object({ same: z.array(z.int()), different: z.array(z.int()) }),
  /** Pairs of two people that were accepted and of one that were rejected, the worst first. */
  wrong: z.object({ accepted: z.array(wrong), rejected: z.array(wrong) }),
});
export type EvaluationDetailShown = z.infer<typeof evaluationDetail>;
export type WrongPairShown = z.infer<typeof wrong>;

/** What networks were judged on pairs. Judging is a job; these read what is kept. */
export const evaluationProcedures = {
  /** The oldest first. */
  'evaluations.list': procedure(z.object({}), z.array(evaluation)),
  'evaluations.detail': procedure(z.object({ id: z.int() }), evaluationDetail),
  'evaluations.remove': procedure(z.object({ id: z.int() }), z.null()),
};
