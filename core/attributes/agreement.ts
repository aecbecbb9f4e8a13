/**
 * Agreement between annotators about one attribute. Values are 0 … classes−1; −1 stands for 'said nothing'.
 */

/** Two annotators over the faces that both said something about. */
export interface PairAgreement {
  faces: number;
  /** Share of equal values; NaN when there is no common face. */
  agreement: number;
  /** Cohen's κ; NaN when both said one and the same value always, where chance explains everything. */
  kappa: number;
}

/**
 * Cohen's kappa (Cohen 1960, A Coefficient of Agreement for Nominal Scales): (p_o − p_e) / (1 − p_e), with p_e from
 * the product of both annotators' shares. Equals scikit-learn's cohen_kappa_score.
 */
export function pairAgreement(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  classes: number,
): PairAgreement {
  const a = new Float64Array(classes);
  const b = new Float64Array(classes);
  let faces = 0;
  let equal = 0;
  for (let i = 0; i < first.length; i++) {
    if (first[i] < 0 || second[i] < 0) continue;
    faces++;
    a[first[i]]++;
    b[second[i]]++;
    if (first[i] === second[i]) equal++;
  }
  let chance = 0;
  for (let c = 0; c < classes; c++) chance += (a[c] / faces) * (b[c] / faces);
  const agreement = equal / faces;
  return { faces, agreement, kappa: (agreement - chance) / (1 - chance) };
}

/** Krippendorff's α and what it rests on. */
export interface Alpha {
  /** 1 perfect, 0 chance; NaN when there is no pair, or only one value was ever said. */
  alpha: number;
  /** Faces with at least two values. */
  faces: number;
  /** Values on those faces. */
  values: number;
}

/**
 * Krippendorff's alpha for nominal values, any number of annotators, missing values allowed (Krippendorff 2011,
 * Computing Krippendorff's Alpha-Reliability, part C): 1 − D_o/D_e over the coincidence matrix.
 * @param annotators one column of values per annotator, all over the same faces
 */
export function krippendorffAlpha(annotators: readonly ArrayLike<number>[], classes: number): Alpha {
  const totals = new Float64Array(classes);
  const own = new Float64Array(classes);
  let equal = 0;
  let values = 0;
  let faces = 0;
  for (let i = 0; i < (annotators[0]?.length ?? 0); i++) {
    own.fill(0);
    let said = 0;
    for (const column of annotators) {
      if (column[i] < 0) continue;
      own[column[i]]++;
      said++;
    }
    if (said < 2) continue;
    faces++;
    values += said;
    for (let c = 0; c < classes; c++) {
      totals[c] += own[c];
      equal += (own[c] * (own[c] - 1)) / (said - 1);
    }
  }
  let chance = 0;
  for (let c = 0; c < classes; c++) chance += totals[c] * (totals[c] - 1);
  chance /= values - 1;
  return { alpha: 1 - (values - equal) / (values - chance), faces, values };
}
