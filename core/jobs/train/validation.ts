import { drawPairs } from '../../evaluation/identity-pairs.ts';
import { type Candidate, listHash } from '../../training/data/candidates.ts';
import type { Classes } from '../../training/data/classes.ts';
import { type HoldSettings, holdOut } from '../../training/data/held-out.ts';
import type { ValidationPairs } from '../../training/validation.ts';
import type { RunManifest } from './run-manifest.ts';

/** What a run is judged by: who is held out, and pairs of their pictures. */
export interface Validation {
  pairs: Omit<ValidationPairs, 'rows'>;
  /** Positions of the pictures in the pairs among the faces. */
  rows: Int32Array;
  record: NonNullable<RunManifest['data']['validation']>;
}

/**
 * Holds people out of a training set and draws pairs of their pictures, both by the seed.
 * @throws Fault where people or pictures do not suffice
 */
export function heldForValidation(
  classes: Classes,
  faces: readonly Candidate[],
  settings: HoldSettings,
): { trained: Classes; validation: Validation } {
  const personOf = new Map(faces.map(({ identity, person = identity }) => [identity, person]));
  const people = classes.names.map((name) => personOf.get(name) as string);
  const { trained, held } = holdOut(classes, people, settings);
  const drawn = drawPairs(
    Array.from(held.labels, (label) => held.names[label]),
    Array.from(held.labels, (label) => personOf.get(held.names[label]) as string),
    { seed: settings.seed },
  );
  const used = [...new Set(drawn.pairs.flatMap(({ first, second }) => [first, second]))].sort(
    (a, b) => a - b,
  );
  const place = new Map(used.map((at, i) => [at, i]));
  const places = (of: 'first' | 'second'): Int32Array =>
    Int32Array.from(drawn.pairs, (pair) => place.get(pair[of]) as number);
  const same = Uint8Array.from(drawn.pairs, (pair) => (pair.same ? 1 : 0));
  return {
    trained,
    validation: {
      pairs: { first: places('first'), second: places('second'), same, folds: drawn.folds },
      rows: Int32Array.from(used, (at) => held.rows[at]),
      record: {
        identities: held.names.length,
        pictures: held.rows.length,
        pairs: drawn.pairs.length,
        folds: drawn.folds,
        hash: listHash(Array.from(held.rows, (row) => faces[row])),
      },
    },
  };
}
