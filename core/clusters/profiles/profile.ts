import { ATTRIBUTES, COHORT_COUNT, VALUE_COUNTS } from '../../attributes/attributes.ts';
import { cohortCode } from '../../attributes/cohort.ts';
import type { Labelled } from '../metrics/scoreboard.ts';

/** How much more frequent a value is in a cluster than among all clustered faces. */
export interface Lift {
  attribute: number;
  value: number;
  /** Faces of the cluster with this value, of those whose value is known. */
  count: number;
  share: number;
  /** Share among all clustered faces. */
  base: number;
  /** share / base */
  lift: number;
  /**
   * Whether chance explains it badly: at least five faces, and the 95 % Wilson interval of the share lies above the
   * base. Lifts of a handful of faces are large by accident.
   */
  sure: boolean;
}

/** What a cluster is about (thesis Fig 5.7). */
export interface ClusterProfile {
  cluster: number;
  size: number;
  /** Faces with all five attributes. */
  labelled: number;
  /** The most frequent five-digit label; null where no face has all five. */
  majority: { code: string; count: number; share: number } | null;
  /** Faces per value of each attribute; faces without the label count for none. */
  counts: number[][];
  /** The value of greatest lift per attribute, greatest first; attributes without a label are left out. */
  lifts: Lift[];
  /** What sets it apart: 'Black · female · yaw below −30°, 3.1×', or 'no clear attribute'. */
  name: string;
}

/** Least faces that a lift can rest on. */
const LEAST_FACES = 5;
/** A lift below this names nothing: every cluster would be 'within ±30°'. */
const LEAST_LIFT = 1.25;
const NAMED_VALUES = 3;
const Z95 = 1.959964;

/** Lower end of the 95 % Wilson score interval of a share of `count` among `n`. */
export function wilsonLow(count: number, n: number): number {
  if (n === 0) return 0;
  const share = count / n;
  const z2 = Z95 * Z95;
  return (
    (share + z2 / (2 * n) - Z95 * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n))) / (1 + z2 / n)
  );
}

/** A value as it stands in a cluster's name: pitch and yaw need their attribute's name beside them. */
function valueWords(attribute: number, value: number): string {
  const { name, values } = ATTRIBUTES[attribute];
  return name === 'pitch' || name === 'yaw' ? `${name} ${values[value]}` : values[value];
}

/** Profiles of all k clusters, in their order. */
export function profilesOf(data: Labelled): ClusterProfile[] {
  const { clusters, k, values, cohorts } = data;
  const n = clusters.length;
  const sizes = new Int32Array(k);
  const cohortCounts = new Int32Array(k * COHORT_COUNT);
  for (let i = 0; i < n; i++) {
    sizes[clusters[i]]++;
    if (cohorts[i] >= 0) cohortCounts[clusters[i] * COHORT_COUNT + cohorts[i]]++;
  }
  const valueCounts = VALUE_COUNTS.map((count, a) => {
    const counts = new Int32Array(k * count);
    for (let i = 0; i < n; i++) if (values[a][i] >= 0) counts[clusters[i] * count + values[a][i]]++;
    return counts;
  });
  const totals = valueCounts.map((counts, a) => {
    const sums = new Int32Array(VALUE_COUNTS[a]);
    counts.forEach((count, at) => {
      sums[at % VALUE_COUNTS[a]] += count;
    });
    return sums;
  });
  const { own: combinations, all } = combinationsOf(data);

  return Array.from({ length: k }, (_, cluster): ClusterProfile => {
    const own = cohortCounts.subarray(cluster * COHORT_COUNT, (cluster + 1) * COHORT_COUNT);
    const labelled = own.reduce((sum, count) => sum + count, 0);
    let top = 0;
    for (let c = 1; c < COHORT_COUNT; c++) if (own[c] > own[top]) top = c;
    const counts = valueCounts.map((all, a) =>
      all.subarray(cluster * VALUE_COUNTS[a], (cluster + 1) * VALUE_COUNTS[a]),
    );
    const lifts = counts
      .map((ofAttribute, a) => greatestLift(a, ofAttribute, totals[a]))
      .filter((lift) => lift !== null)
      .sort((a, b) => Number(b.sure) - Number(a.sure) || b.lift - a.lift);
    return {
      cluster,
      size: sizes[cluster],
      labelled,
      majority:
        labelled === 0 ? null : { code: cohortCode(top), count: own[top], share: own[top] / labelled },
      counts: counts.map((ofAttribute) => Array.from(ofAttribute)),
      lifts,
      name: nameOf(lifts, combinations[cluster], all),
    };
  });
}

function greatestLift(attribute: number, counts: Int32Array, totals: Int32Array): Lift | null {
  const known = counts.reduce((sum, count) => sum + count, 0);
  const all = totals.reduce((sum, count) => sum + count, 0);
  if (known === 0) return null;
  let best: Lift | null = null;
  for (let value = 0; value < counts.length; value++) {
    if (counts[value] === 0) continue;
    const share = counts[value] / known;
    const base = totals[value] / all;
    const lift = share / base;
    const sure = counts[value] >= LEAST_FACES && wilsonLow(counts[value], known) > base;
    const better =
      best === null ||
      (sure !== best.sure ? sure : lift > best.lift || (lift === best.lift && share > best.share));
    if (better) best = { attribute, value, count: counts[value], share, base, lift, sure };
  }
  return best;
}

/**
 * The values of sure lift, and the lift of having them all together: as many of them as still are more frequent together
 * than elsewhere (two values can both lift while hardly any face has both).
 */
function nameOf(lifts: readonly Lift[], own: Combinations, all: Combinations): string {
  const telling = lifts.filter(({ sure, lift }) => sure && lift >= LEAST_LIFT);
  for (let n = Math.min(NAMED_VALUES, telling.length); n > 0; n--) {
    const named = telling.slice(0, n);
    const { hits, lift } = jointLift(named, own, all);
    if (n === 1 || (hits >= LEAST_FACES && lift >= LEAST_LIFT))
      return `${named.map(({ attribute, value }) => valueWords(attribute, value)).join(' · ')}, ${lift.toFixed(1)}×`;
  }
  return 'no clear attribute';
}

function jointLift(
  lifts: readonly Lift[],
  own: Combinations,
  all: Combinations,
): { hits: number; lift: number } {
  const count = (combinations: Combinations): [hits: number, known: number] => {
    let hits = 0;
    let known = 0;
    for (const [code, faces] of combinations) {
      if (lifts.some(({ attribute }) => valueIn(code, attribute) < 0)) continue;
      known += faces;
      if (lifts.every(({ attribute, value }) => valueIn(code, attribute) === value)) hits += faces;
    }
    return [hits, known];
  };
  const [hits, known] = count(own);
  const [allHits, allKnown] = count(all);
  return { hits, lift: hits === 0 ? 0 : hits / known / (allHits / allKnown) };
}

/** Faces per combination of the five values, 'unlabelled' being one: at most 1,152, however many faces there are. */
type Combinations = Map<number, number>;

const STEPS = VALUE_COUNTS.map((_, a) =>
  VALUE_COUNTS.slice(0, a).reduce((step, count) => step * (count + 1), 1),
);

const valueIn = (code: number, attribute: number): number =>
  (Math.floor(code / STEPS[attribute]) % (VALUE_COUNTS[attribute] + 1)) - 1;

function combinationsOf({ clusters, k, values }: Labelled): { own: Combinations[]; all: Combinations } {
  const own = Array.from({ length: k }, (): Combinations => new Map());
  const all: Combinations = new Map();
  for (let i = 0; i < clusters.length; i++) {
    const code = values.reduce((sum, column, a) => sum + (column[i] + 1) * STEPS[a], 0);
    const counts = own[clusters[i]];
    counts.set(code, (counts.get(code) ?? 0) + 1);
    all.set(code, (all.get(code) ?? 0) + 1);
  }
  return { own, all };
}
