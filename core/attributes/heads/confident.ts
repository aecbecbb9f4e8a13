/**
 * Confident learning (Northcutt, Jiang & Chuang 2021, Confident Learning: Estimating Uncertainty in Dataset Labels,
 * JAIR 70, §3): from given labels and out-of-fold probabilities, how many labels of each class are truly another, and
 * which.
 */
export interface ConfidentLearning {
  /** Mean probability of class j over the faces that are labelled j: eq. 2. NaN for a class without faces. */
  thresholds: Float64Array;
  /** C[i·classes + j]: faces labelled i that confidently belong to j: eq. 1. */
  confidentJoint: Int32Array;
  /** Q[i·classes + j]: estimated joint share of given label i and true label j, sum 1: eq. 3. */
  joint: Float64Array;
  /** P(given i | true j), columns sum to 1 (NaN for a class that no face truly has). */
  noise: Float64Array;
  /** 1 − Σ_i Q[i,i]: estimated share of wrong labels. */
  noiseRate: number;
  /** Items that are suspected, most suspicious first: by normalised margin p(given) − max p(other), ascending. */
  suspects: Int32Array;
  /** The margin of each item, −1 … 1. */
  margins: Float64Array;
}

/** How suspects are chosen: the paper's 'prune by noise rate' and 'prune by class', both at once, or C's off-diagonal. */
export type Pruning = 'noise rate' | 'class' | 'both' | 'confident joint';

/**
 * @param probabilities n × classes, of models that did not learn from the face
 * @param labels given label of each face
 */
export function confidentLearning(
  probabilities: Float64Array,
  labels: Uint8Array,
  classes: number,
  pruning: Pruning = 'noise rate',
): ConfidentLearning {
  const n = labels.length;
  const counts = new Float64Array(classes);
  const thresholds = new Float64Array(classes);
  for (let i = 0; i < n; i++) {
    counts[labels[i]]++;
    thresholds[labels[i]] += probabilities[i * classes + labels[i]];
  }
  for (let c = 0; c < classes; c++) thresholds[c] /= counts[c];

  const confidentJoint = new Int32Array(classes * classes);
  const confidentClass = new Int16Array(n).fill(-1);
  const margins = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const o = i * classes;
    let best = -1;
    let other = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) {
      const p = probabilities[o + c];
      // A class without faces has no threshold, and nothing is confidently of it.
      if (p >= thresholds[c] - 1e-12 && (best < 0 || p > probabilities[o + best])) best = c;
      if (c !== labels[i] && p > other) other = p;
    }
    margins[i] = probabilities[o + labels[i]] - other;
    confidentClass[i] = best;
    if (best >= 0) confidentJoint[labels[i] * classes + best]++;
  }

  const joint = new Float64Array(classes * classes);
  for (let i = 0; i < classes; i++) {
    let row = 0;
    for (let j = 0; j < classes; j++) row += confidentJoint[i * classes + j];
    for (let j = 0; j < classes; j++) {
      // A class of which no face is confidently anything is taken as it is labelled.
      const share = row > 0 ? confidentJoint[i * classes + j] / row : i === j ? 1 : 0;
      joint[i * classes + j] = (share * counts[i]) / n;
    }
  }
  const noise = new Float64Array(classes * classes);
  let noiseRate = 1;
  for (let j = 0; j < classes; j++) {
    let column = 0;
    for (let i = 0; i < classes; i++) column += joint[i * classes + j];
    for (let i = 0; i < classes; i++) noise[i * classes + j] = joint[i * classes + j] / column;
    noiseRate -= joint[j * classes + j];
  }

  const byRate = (): Uint8Array => pruneByNoiseRate(probabilities, labels, classes, joint);
  const byClass = (): Uint8Array => pruneByClass(probabilities, labels, classes, joint);
  let flagged: Uint8Array;
  if (pruning === 'noise rate') flagged = byRate();
  else if (pruning === 'class') flagged = byClass();
  else if (pruning === 'both') {
    const other = byClass();
    flagged = byRate().map((flag, i) => flag & other[i]);
  } else
    flagged = Uint8Array.from(labels, (label, i) =>
      Number(confidentClass[i] >= 0 && confidentClass[i] !== label),
    );
  // A face whose own label is the most probable is no suspect, whatever the counts say.
  const suspects = Int32Array.from({ length: n }, (_, i) => i)
    .filter((i) => flagged[i] === 1 && margins[i] < 0)
    .sort((a, b) => margins[a] - margins[b] || a - b);
  return { thresholds, confidentJoint, joint, noise, noiseRate: Math.max(0, noiseRate), suspects, margins };
}

function itemsByLabel(labels: Uint8Array, classes: number): number[][] {
  const items = Array.from({ length: classes }, () => [] as number[]);
  for (let i = 0; i < labels.length; i++) items[labels[i]].push(i);
  return items;
}

/** For each i ≠ j the n·Q[i,j] faces labelled i with the largest p_j − p_i. */
function pruneByNoiseRate(
  probabilities: Float64Array,
  labels: Uint8Array,
  classes: number,
  joint: Float64Array,
): Uint8Array {
  const flagged = new Uint8Array(labels.length);
  itemsByLabel(labels, classes).forEach((items, i) => {
    for (let j = 0; j < classes; j++) {
      const count = i === j ? 0 : Math.round(labels.length * joint[i * classes + j]);
      if (count === 0) continue;
      const gap = (item: number): number =>
        probabilities[item * classes + j] - probabilities[item * classes + i];
      const order = [...items].sort((a, b) => gap(b) - gap(a) || a - b);
      for (const item of order.slice(0, count)) flagged[item] = 1;
    }
  });
  return flagged;
}

/** For each i the n·Σ_{j≠i} Q[i,j] faces labelled i with the smallest p_i. */
function pruneByClass(
  probabilities: Float64Array,
  labels: Uint8Array,
  classes: number,
  joint: Float64Array,
): Uint8Array {
  const flagged = new Uint8Array(labels.length);
  itemsByLabel(labels, classes).forEach((items, i) => {
    let wrong = 0;
    for (let j = 0; j < classes; j++) if (j !== i) wrong += joint[i * classes + j];
    const own = (item: number): number => probabilities[item * classes + i];
    const order = [...items].sort((a, b) => own(a) - own(b) || a - b);
    for (const item of order.slice(0, Math.round(labels.length * wrong))) flagged[item] = 1;
  });
  return flagged;
}
