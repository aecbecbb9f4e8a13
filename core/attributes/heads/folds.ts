import { Random } from '../../foundation/random.ts';

/**
 * Stratified folds that keep groups together: each group (a person, or copies of one picture) goes, largest first,
 * to the fold where the shares of the classes stay most even, as scikit-learn's StratifiedGroupKFold does. Where all
 * groups are single faces this is plain stratified k-fold.
 * @param labels class 0 … classes−1 of each item
 * @param groups group of each item, any integers; negative: the item stands alone
 * @returns the fold 0 … folds−1 of each item
 */
export function stratifiedFolds(
  labels: Uint8Array,
  classes: number,
  groups: Int32Array | undefined,
  folds: number,
  seed: number,
): Uint8Array {
  const random = new Random(seed, 0x666f6c64);
  const fold = new Uint8Array(labels.length);
  const members = new Map<number, number[]>();
  const single: number[] = [];
  for (let i = 0; i < labels.length; i++) {
    const group = groups?.[i] ?? -1;
    if (group < 0) single.push(i);
    else {
      const list = members.get(group);
      if (list) list.push(i);
      else members.set(group, [i]);
    }
  }
  const together = [...members.values()];
  for (let g = 0; g < together.length; g++) {
    if (together[g].length === 1) {
      single.push(together[g][0]);
      together[g] = [];
    }
  }
  const groupsOfSeveral = random
    .shuffle(together.filter((list) => list.length > 0))
    .sort((a, b) => b.length - a.length);

  const counts = new Float64Array(folds * classes);
  const sizes = new Float64Array(folds);
  const totals = new Float64Array(classes);
  for (const label of labels) totals[label]++;
  const own = new Float64Array(classes);
  for (const list of groupsOfSeveral) {
    own.fill(0);
    for (const i of list) own[labels[i]]++;
    let best = 0;
    let bestCost = Number.POSITIVE_INFINITY;
    for (let f = 0; f < folds; f++) {
      // How much the sum over classes of squared shares grows: least where these classes are scarcest.
      let cost = 0;
      for (let c = 0; c < classes; c++) {
        if (own[c] === 0) continue;
        const had = counts[f * classes + c];
        cost += (own[c] * (2 * had + own[c])) / (totals[c] * totals[c]);
      }
      if (cost < bestCost - 1e-15 || (cost < bestCost + 1e-15 && sizes[f] < sizes[best])) {
        best = f;
        bestCost = Math.min(cost, bestCost);
      }
    }
    for (const i of list) fold[i] = best;
    sizes[best] += list.length;
    for (let c = 0; c < classes; c++) counts[best * classes + c] += own[c];
  }

  // Faces that stand alone fill each class up, always into the fold that has fewest of it.
  random.shuffle(single);
  for (const i of single) {
    const c = labels[i];
    let best = 0;
    for (let f = 1; f < folds; f++) {
      const less = counts[f * classes + c] - counts[best * classes + c];
      if (less < 0 || (less === 0 && sizes[f] < sizes[best])) best = f;
    }
    fold[i] = best;
    counts[best * classes + c]++;
    sizes[best]++;
  }
  return fold;
}
