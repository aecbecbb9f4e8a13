import { stratifiedFolds } from './folds.ts';

/** The trusted labels of one attribute. */
export interface TrustedLabels {
  /** Rows of the feature matrix. */
  rows: Int32Array;
  /** Value of the attribute at each row. */
  values: Int8Array;
  /** Faces of one person, or copies of one picture, share a number; negative: alone. */
  groups: Int32Array | undefined;
}

/** A value that a head cannot say, and why. */
export interface AbsentValue {
  value: number;
  faces: number;
  reason: string;
}

/** What a head will learn. */
export interface HeadPlan {
  /** Attribute value of each class, ascending. */
  values: number[];
  rows: Int32Array;
  /** Class of each of `rows`. */
  labels: Uint8Array;
  groups: Int32Array | undefined;
  fold: Uint8Array;
  folds: number;
  absent: AbsentValue[];
}

/** Why an attribute cannot have a head. */
export interface Impossible {
  reason: string;
  absent: AbsentValue[];
}

/**
 * Decides which values of an attribute can be learnt: those with at least `minimum` faces, of more than one person, so
 * that every fold's training part has some. At least two values must remain.
 * @param names of the attribute's values, in order
 */
export function planHead(
  trusted: TrustedLabels,
  names: readonly string[],
  options: { minimum: number; folds: number; seed: number },
): HeadPlan | Impossible {
  const counts = new Array<number>(names.length).fill(0);
  for (const value of trusted.values) if (value >= 0) counts[value]++;
  const absent: AbsentValue[] = [];
  let values = counts.flatMap((faces, value) => {
    if (faces >= options.minimum) return [value];
    absent.push({
      value,
      faces,
      reason:
        faces === 0
          ? `No face is labelled '${names[value]}'.`
          : `Only ${faces} ${faces === 1 ? 'face is' : 'faces are'} labelled '${names[value]}'; at least ${options.minimum} are needed.`,
    });
    return [];
  });
  while (values.length >= 2) {
    const classOf = new Int16Array(names.length).fill(-1);
    values.forEach((value, c) => {
      classOf[value] = c;
    });
    const kept = Int32Array.from(trusted.rows.keys()).filter(
      (i) => trusted.values[i] >= 0 && classOf[trusted.values[i]] >= 0,
    );
    const labels = Uint8Array.from(kept, (i) => classOf[trusted.values[i]]);
    const all = trusted.groups;
    const groups = all && kept.map((i) => all[i]);
    const fold = stratifiedFolds(labels, values.length, groups, options.folds, options.seed);
    const inOneFold = values.filter((_, c) => {
      const folds = new Set<number>();
      for (let i = 0; i < labels.length && folds.size < 2; i++) if (labels[i] === c) folds.add(fold[i]);
      return folds.size < 2;
    });
    if (inOneFold.length === 0) {
      return {
        values,
        rows: kept.map((i) => trusted.rows[i]),
        labels,
        groups,
        fold,
        folds: options.folds,
        absent,
      };
    }
    for (const value of inOneFold) {
      absent.push({
        value,
        faces: counts[value],
        reason: `All ${counts[value]} faces labelled '${names[value]}' are of one person, so that it cannot be tested on others.`,
      });
    }
    values = values.filter((value) => !inOneFold.includes(value));
  }
  absent.sort((a, b) => a.value - b.value);
  return {
    reason: `At least two values with ${options.minimum} trusted faces each are needed. ${absent.map(({ reason }) => reason).join(' ')}`,
    absent,
  };
}
