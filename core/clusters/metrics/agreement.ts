import { type Contingency, contingencyOf, type Labels } from './contingency.ts';
import { entropy, expectedMutualInformation, mutualInformation } from './information.ts';

/** How the two entropies are averaged in AMI and NMI. scikit-learn's default was 'max' before 0.22, 'arithmetic' since. */
export const ENTROPY_MEANS = ['arithmetic', 'max', 'min', 'geometric'] as const;
export type EntropyMean = (typeof ENTROPY_MEANS)[number];

/**
 * Agreement of a clustering with classes. All are 1 for equal partitions; `ami` and `ari` are 0 on average for
 * independent ones and can be below 0. Degenerate cases follow scikit-learn: two empty or two one-part labellings
 * agree fully (1), and no mutual information at all is an NMI of 0.
 */
export interface Agreement {
  /** Adjusted mutual information: (MI − E[MI]) / (mean(H, H′) − E[MI]). */
  ami: number;
  nmi: number;
  /** Adjusted Rand index (Hubert & Arabie 1985). */
  ari: number;
  /** 1 where every cluster holds one class only. */
  homogeneity: number;
  /** 1 where every class lies in one cluster. */
  completeness: number;
}

function meanOf(a: number, b: number, mean: EntropyMean): number {
  if (mean === 'arithmetic') return (a + b) / 2;
  if (mean === 'max') return Math.max(a, b);
  if (mean === 'min') return Math.min(a, b);
  return Math.sqrt(a * b);
}

/** True where neither labelling splits anything, so that mutual information cannot judge them. */
const trivial = ({ rowSums, columnSums }: Contingency): boolean =>
  rowSums.length === columnSums.length && rowSums.length <= 1;

/** Nats below which a difference of entropies is rounding. */
const VANISHING = 1e-12;

export interface AgreementOptions {
  /** Default 'arithmetic'. */
  mean?: EntropyMean;
  /** E[MI] when it is known already: it depends on part sizes only, so permuted labels share it. */
  expected?: number;
}

export function adjustedMutualInformation(table: Contingency, options: AgreementOptions = {}): number {
  if (trivial(table)) return 1;
  const information = mutualInformation(table);
  const expected = options.expected ?? expectedMutualInformation(table.rowSums, table.columnSums);
  const mean = meanOf(entropy(table.rowSums), entropy(table.columnSums), options.mean ?? 'arithmetic');
  const difference = mean - expected;
  // 0/0: all singletons on one side leave nothing to adjust. Rounding noise would decide, so the limit is stated:
  // equal partitions agree fully, others not at all.
  if (Math.abs(difference) < VANISHING && Math.abs(information - expected) < VANISHING) {
    const { rowSums, columnSums, counts } = table;
    return counts.length === rowSums.length && counts.length === columnSums.length ? 1 : 0;
  }
  const denominator =
    difference < 0 ? Math.min(difference, -Number.EPSILON) : Math.max(difference, Number.EPSILON);
  return (information - expected) / denominator;
}

export function normalizedMutualInformation(table: Contingency, mean: EntropyMean = 'arithmetic'): number {
  if (trivial(table)) return 1;
  const information = mutualInformation(table);
  if (information === 0) return 0;
  return information / meanOf(entropy(table.rowSums), entropy(table.columnSums), mean);
}

export function adjustedRandIndex(table: Contingency): number {
  // Ordered pairs of samples: together in both, in one only, in neither.
  const squares = (values: Float64Array): number => values.reduce((sum, value) => sum + value * value, 0);
  const n = table.samples;
  const both = squares(table.counts);
  const together = both - n;
  const classOnly = squares(table.rowSums) - both;
  const clusterOnly = squares(table.columnSums) - both;
  const apart = n * n - classOnly - clusterOnly - both;
  if (classOnly === 0 && clusterOnly === 0) return 1;
  return (
    (2 * (together * apart - classOnly * clusterOnly)) /
    ((together + classOnly) * (classOnly + apart) + (together + clusterOnly) * (clusterOnly + apart))
  );
}

export function agreementOfTable(table: Contingency, options: AgreementOptions = {}): Agreement {
  const information = mutualInformation(table);
  const classes = entropy(table.rowSums);
  const clusters = entropy(table.columnSums);
  return {
    ami: adjustedMutualInformation(table, options),
    nmi: normalizedMutualInformation(table, options.mean),
    ari: adjustedRandIndex(table),
    homogeneity: classes === 0 ? 1 : information / classes,
    completeness: clusters === 0 ? 1 : information / clusters,
  };
}

/** Agreement of two labellings of the same samples. @throws Fault when their lengths differ. */
export function agreement(classes: Labels, clusters: Labels, options: AgreementOptions = {}): Agreement {
  return agreementOfTable(contingencyOf(classes, clusters), options);
}
