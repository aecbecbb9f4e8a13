import { z } from 'zod';
import { procedure } from '../procedure.ts';
import { attribute, batch, faceId, float32s, ids, int8s, name, origin, uint8s } from '../values.ts';

const labelled = z.object({ batch, faces: ids });

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
  'label.undo': procedure(z.object({ batch: z.int().min(1).optional(), annotator: name }), labelled),
  'label.redo': procedure(z.object({ batch: z.int().min(1).optional(), annotator: name }), labelled),
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
    }),
  ),
};
