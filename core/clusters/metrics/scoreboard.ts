import {
  ATTRIBUTE_NAMES,
  type AttributeName,
  COHORT_COUNT,
  VALUE_COUNTS,
} from '../../attributes/attributes.ts';
import { type Progress, throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import { Random } from '../../foundation/random.ts';
import { type Agreement, agreementOfTable, type EntropyMean } from './agreement.ts';
import { contingencyOf } from './contingency.ts';
import { expectedMutualInformation } from './information.ts';
import { cohortPurity, purity } from './purity.ts';

/** The whole cohort, then each attribute. */
export const SCORED = ['cohort', ...ATTRIBUTE_NAMES] as const;
export type Scored = 'cohort' | AttributeName;

/** One figure per attribute and for the cohort; null where no face has the label. */
export type PerAttribute = Record<Scored, number | null>;

/** The figures of Table 5.1 and their company, as fractions (the thesis prints × 100). */
export interface Figures {
  purity: { strict: number | null; tolerant: number | null } & Record<AttributeName, number | null>;
  ami: PerAttribute;
  nmi: PerAttribute;
  ari: PerAttribute;
  homogeneity: PerAttribute;
  completeness: PerAttribute;
}

export interface Scoreboard extends Figures {
  /** Faces that count for each figure: those whose label is known. */
  labelled: Record<Scored, number>;
  /** Mean of the same figures over permuted labels: what no relation at all would give at this k. Null without permutations. */
  chance: Figures | null;
  permutations: number;
  seed: number;
  mean: EntropyMean;
}

/** What is scored: one cluster number per face, and the labels of the same faces. */
export interface Labelled {
  /** 0 … k−1 */
  clusters: Int32Array;
  k: number;
  /** Five columns, −1 where unlabelled. */
  values: readonly ArrayLike<number>[];
  /** 0 … 269, −1 unless all five are labelled. */
  cohorts: ArrayLike<number>;
}

export interface ScoreSettings {
  mean: EntropyMean;
  /** How many permutations the chance level is the mean of; 0 for none. */
  permutations: number;
  seed: number;
}

/** One column without its unlabelled faces. */
interface Column {
  name: Scored;
  classes: Int32Array;
  classCount: number;
  clusters: Int32Array;
  expected: number;
}

function columnOf(name: Scored, data: Labelled): Column {
  const labels = name === 'cohort' ? data.cohorts : data.values[ATTRIBUTE_NAMES.indexOf(name)];
  const known: number[] = [];
  for (let i = 0; i < labels.length; i++) if (labels[i] >= 0) known.push(i);
  const classes = Int32Array.from(known, (i) => labels[i]);
  const clusters = Int32Array.from(known, (i) => data.clusters[i]);
  const { rowSums, columnSums } = contingencyOf(classes, clusters);
  return {
    name,
    classes,
    classCount: name === 'cohort' ? COHORT_COUNT : VALUE_COUNTS[ATTRIBUTE_NAMES.indexOf(name)],
    clusters,
    expected: expectedMutualInformation(rowSums, columnSums),
  };
}

const AGREEMENTS = [
  'ami',
  'nmi',
  'ari',
  'homogeneity',
  'completeness',
] as const satisfies (keyof Agreement)[];

function blank(): Figures {
  const nothing = (): PerAttribute => Object.fromEntries(SCORED.map((name) => [name, null])) as PerAttribute;
  const { cohort: _, ...attributes } = nothing();
  return {
    purity: { strict: null, tolerant: null, ...attributes },
    ami: nothing(),
    nmi: nothing(),
    ari: nothing(),
    homogeneity: nothing(),
    completeness: nothing(),
  };
}

/** Adds one column's figures for the given (possibly permuted) classes, divided by `share`. */
function add(
  figures: Figures,
  column: Column,
  classes: Int32Array,
  k: number,
  mean: EntropyMean,
  share = 1,
): void {
  const { name, clusters, classCount, expected } = column;
  const plus = (before: number | null, value: number): number => (before ?? 0) + value / share;
  if (name === 'cohort') {
    const { strict, tolerant } = cohortPurity(classes, clusters, k);
    figures.purity.strict = plus(figures.purity.strict, strict);
    figures.purity.tolerant = plus(figures.purity.tolerant, tolerant);
  } else {
    figures.purity[name] = plus(figures.purity[name], purity(classes, classCount, clusters, k));
  }
  const found = agreementOfTable(contingencyOf(classes, clusters), { mean, expected });
  for (const metric of AGREEMENTS) figures[metric][name] = plus(figures[metric][name], found[metric]);
}

/**
 * Purity, AMI, NMI, ARI, homogeneity and completeness of a clustering against the cohort and each attribute, with
 * their chance levels (thesis §5.4.1, Table 5.1). A face without a label is left out of that label's figures only.
 * Chance: labels are shuffled among the faces that have them, so that class sizes and cluster sizes stay.
 */
export function scoreboard(data: Labelled, settings: ScoreSettings, options: WorkOptions = {}): Scoreboard {
  const columns = SCORED.map((name) => columnOf(name, data)).filter(({ classes }) => classes.length > 0);
  const figures = blank();
  for (const column of columns) add(figures, column, column.classes, data.k, settings.mean);
  const chance = settings.permutations > 0 ? blank() : null;
  const report = (done: number): void =>
    options.onProgress?.({
      stage: 'Chance levels',
      done,
      total: settings.permutations,
      unit: 'permutations',
    } satisfies Progress);
  for (let round = 0; chance !== null && round < settings.permutations; round++) {
    for (const [index, column] of columns.entries()) {
      throwIfCancelled(options.signal);
      const shuffled = new Random(settings.seed, round, index).shuffle(column.classes.slice());
      add(chance, column, shuffled, data.k, settings.mean, settings.permutations);
    }
    report(round + 1);
  }
  const labelled = Object.fromEntries(SCORED.map((name) => [name, 0])) as Record<Scored, number>;
  for (const { name, classes } of columns) labelled[name] = classes.length;
  return { ...figures, labelled, chance, ...settings };
}
