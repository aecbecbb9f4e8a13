import { z } from 'zod';
import { procedure } from '../procedure.ts';
import { attribute, batch, faceId, float32s, ids, int8s, name, origin, uint8s } from '../values.ts';

const labelled = z.object({ batch, faces: ids });

const share = z.number().nullable();
export const agreement = z.object({
  annotators: z.array(z.object({ name: z.string(), labels: z.int(), faces: z.int() })),
  attributes: z.array(
    z.object({
      attribute: z.string(),
      faces: z.int(),
      agreement: share,
      alpha: share,
      pairs: z.array(
        z.object({
          first: z.string(),
          second: z.string(),
          faces: z.int(),
          agreement: share,
          kappa: share,
          confusion: z.array(z.array(z.int())),
        }),
      ),
      differing: z.int(),
      open: z.int(),
    }),
  ),
  seconds: z.number(),
});
export type AgreementShown = z.infer<typeof agreement>;

/** Labels: every change is one batch that can be undone at any later time. */
export const labelProcedures = {
  /** One value for any number of faces. `value` −1 is an explicit 'unknown'. */
  'label.set': procedure(
    z.object({
      faces: ids,
      attribute,
      value: z.int().min(-1).max(4),
      annotator: name,
      description: z.string().max(500),
    }),
    labelled,
  ),
  /** Different values at once, e.g. accepting a model's suggestions. Columns of equal length. */
  'label.columns': procedure(
    z.object({
      faces: ids,
      attributes: uint8s,
      values: int8s,
      annotator: name,
      description: z.string().max(500),
      kind: z.enum(['label', 'bulk', 'accept', 'reconcile']),
    }),
    labelled,
  ),
  /** Takes back or brings back one batch by its number. */
  'label.undo': procedure(z.object({ batch: z.int().min(1), annotator: name }), labelled),
  'label.redo': procedure(z.object({ batch: z.int().min(1), annotator: name }), labelled),
  /**
   * Takes back the latest of the given batches that stands, or brings back the one that was taken back last. The project
   * knows which: a window only says which batches are its own. Where none of them is left nothing happens; `other` is
   * then the batch of anybody that would be next, so that a person may decide about it.
   */
  'label.step': procedure(
    z.object({ how: z.enum(['undo', 'redo']), own: ids, annotator: name }),
    z.object({ stepped: labelled.nullable(), other: batch.nullable() }),
  ),
  'label.batches': procedure(z.object({ limit: z.int().min(1).max(1000) }), z.array(batch)),
  'label.history': procedure(
    z.object({ face: faceId }),
    z.array(
      z.object({
        id: z.int(),
        attribute,
        value: z.int(),
        origin,
        agent: z.string(),
        hash: z.string().nullable(),
        confidence: z.number().nullable(),
        batch: z.int(),
        time: z.number(),
        retracts: z.int().nullable(),
        /** The batch that it is part of: how many events an undo takes back, and whether one did. */
        step: z.object({ kind: z.string(), description: z.string(), events: z.int(), undone: z.boolean() }),
      }),
    ),
  ),
  /** What every agent that spoke of an attribute says of these faces now: one column per agent. */
  'label.opinions': procedure(
    z.object({ attribute, faces: ids }),
    z.array(
      z.object({
        agent: z.object({ origin, name: z.string(), hash: z.string().optional() }),
        values: int8s,
        confidences: float32s,
      }),
    ),
  ),
  /** What one annotator says now, also where another's later label is current: for who works blind. */
  'label.own': procedure(
    z.object({ annotator: name }),
    z.object({ faces: ids, attributes: uint8s, values: int8s }),
  ),
  /** How far annotators agree (the command `agreement`); all of them when none are named. */
  'label.agreement': procedure(z.object({ annotators: z.array(name).optional() }), agreement),
  /** Where annotators differ and nobody has decided since: a row per face and attribute, a column per annotator. */
  'label.differences': procedure(
    z.object({ annotators: z.array(name).optional(), attribute: attribute.optional() }),
    z.object({ annotators: z.array(z.string()), faces: ids, attributes: uint8s, values: z.array(int8s) }),
  ),
  'queue.list': procedure(
    z.object({
      by: z.enum(['uncertainty', 'disagreement', 'errors', 'rarity']),
      attribute: attribute.optional(),
      limit: z.int().min(1).max(100_000),
    }),
    z.object({
      faces: ids,
      attributes: int8s,
      current: int8s,
      suggested: int8s,
      scores: float32s,
      why: z.array(z.string()),
      /** Entries that qualify, listed or not. */
      total: z.int(),
      /** What the queue rests on, and what it could not look at, as sentences. */
      notes: z.array(z.string()),
    }),
  ),
};
