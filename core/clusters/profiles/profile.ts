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
  const membersOf = membersByCluster(clusters, k);

  return Array.from({ length: k }, (_, cluster): ClusterProfile => {
    const own = cohortCounts.subarray(cluster * COHORT_COUNT, (cluster + 1) * COHORT_COUNT);
    const labelled = own.reduce((sum, count) => sum + count, 0);
    let top = 0;
    for (let c = 1; c < COHORT_COUNT; c++) if (own[c] > own[top]) top = c;
    const lifts = valueCounts
      .map((counts, a) =>
        greatestLift(
          a,
          counts.subarray(cluster * VALUE_COUNTS[a], (cluster + 1) * VALUE_COUNTS[a]),
          totals[a],
        ),
      )
      .filter((lift) => lift !== null)
      .sort((a, b) => Number(b.sure) - Number(a.sure) || b.lift - a.lift);
    return {
      cluster,
      size: sizes[cluster],
      labelled,
      majority:
        labelled === 0 ? null : { code: cohortCode(top), count: own[top], share: own[top] / labelled },
      lifts,
      name: nameOf(data, lifts, membersOf(cluster)),
    };
  });
}

/** The faces (positions) of a cluster, without a list per cluster being built for each call. */
function membersByCluster(clusters: Int32Array, k: number): (cluster: number) => Int32Array {
  const starts = new Int32Array(k + 1);
  for (const cluster of clusters) starts[cluster + 1]++;
  for (let c = 0; c < k; c++) starts[c + 1] += starts[c];
  const fill = starts.slice();
  const members = new Int32Array(clusters.length);
  for (let i = 0; i < clusters.length; i++) members[fill[clusters[i]]++] = i;
  return (cluster) => members.subarray(starts[cluster], starts[cluster + 1]);
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

/** The values of sure lift, and the lift of having them all together. */
function nameOf(data: Labelled, lifts: readonly Lift[], members: Int32Array): string {
  const telling = lifts.filter(({ sure, lift }) => sure && lift >= LEAST_LIFT).slice(0, NAMED_VALUES);
  if (telling.length === 0) return 'no clear attribute';
  const lift = jointLift(data, telling, members);
  return `${telling.map(({ attribute, value }) => valueWords(attribute, value)).join(' · ')}, ${lift.toFixed(1)}×`;
}

function jointLift(data: Labelled, lifts: readonly Lift[], members: Int32Array): number {
  const count = (at: (i: number) => number, length: number): [hits: number, known: number] => {
    let hits = 0;
    let known = 0;
    for (let i = 0; i < length; i++) {
      const face = at(i);
      if (lifts.some(({ attribute }) => data.values[attribute][face] < 0)) continue;
      known++;
      if (lifts.every(({ attribute, value }) => data.values[attribute][face] === value)) hits++;
    }
    return [hits, known];
  };
  const [own, ownKnown] = count((i) => members[i], members.length);
  const [all, allKnown] = count((i) => i, data.clusters.length);
  // Where nobody has all of them together, the strongest single one speaks for the cluster.
  return own === 0 ? lifts[0].lift : own / ownKnown / (all / allKnown);
}
