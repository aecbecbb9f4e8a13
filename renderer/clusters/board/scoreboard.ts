import { ATTRIBUTE_NAMES, type AttributeName } from '../../../core/contract/attributes.ts';
import type { ScoreShown } from '../../../core/contract/procedures/clusters.ts';

/** A clustering as it is listed. */
export interface Clustered {
  id: number;
  name: string;
  featureSet: number;
  k: number;
  settings: Readonly<Record<string, unknown>>;
}

export interface StoredScore {
  id: number;
  clustering: number;
  result: ScoreShown;
  time: number;
}

/** One column of the board: a figure of the score. */
export interface Figure {
  id: string;
  group: 'purity' | 'AMI';
  words: string;
  /** What it says, for the column's title. */
  meaning: string;
  /** What must be known of a face for it to count. */
  labelled: 'cohort' | AttributeName;
  value(figures: Pick<ScoreShown, 'purity' | 'ami'>): number | null;
}

const ofAttribute = (name: AttributeName): Figure[] => [
  {
    id: `purity.${name}`,
    group: 'purity',
    words: name,
    meaning: `Share of faces that have their cluster's commonest ${name}`,
    labelled: name,
    value: ({ purity }) => purity[name],
  },
  {
    id: `ami.${name}`,
    group: 'AMI',
    words: name,
    meaning: `Adjusted mutual information between clusters and ${name}: 0 is chance, 100 the same division`,
    labelled: name,
    value: ({ ami }) => ami[name],
  },
];

/** Table 5.1's figures, and the same for each attribute. */
export const FIGURES: readonly Figure[] = [
  {
    id: 'purity.strict',
    group: 'purity',
    words: 'strict',
    meaning: "Share of faces that have all five attributes of their cluster's commonest cohort",
    labelled: 'cohort',
    value: ({ purity }) => purity.strict,
  },
  {
    id: 'purity.tolerant',
    group: 'purity',
    words: '4 of 5',
    meaning:
      "Tolerant purity: share of faces that share at least four attributes with their cluster's commonest cohort",
    labelled: 'cohort',
    value: ({ purity }) => purity.tolerant,
  },
  ...ATTRIBUTE_NAMES.map((name) => ofAttribute(name)[0]),
  {
    id: 'ami.cohort',
    group: 'AMI',
    words: 'cohort',
    meaning:
      'Adjusted mutual information between clusters and the 270 cohorts: 0 is chance, 100 the same division',
    labelled: 'cohort',
    value: ({ ami }) => ami.cohort,
  },
  ...ATTRIBUTE_NAMES.map((name) => ofAttribute(name)[1]),
];

/** 'score': as it is. 'above': less what chance gives at the same k. */
export type Reading = 'score' | 'above';

export interface BoardCell {
  /** Fraction; null where no face has the label or no score was made. */
  value: number | null;
  chance: number | null;
  /** Faces that count. */
  n: number;
}

export interface BoardRow {
  clustering: Clustered;
  features: string;
  /** The latest score of the chosen source; null while there is none. */
  score: StoredScore | null;
  cells: BoardCell[];
}

/**
 * The board: every clustering with its latest score for one source (null: all faces).
 * @param scores the oldest first
 */
export function boardOf(
  clusterings: readonly Clustered[],
  scores: readonly StoredScore[],
  features: ReadonlyMap<number, string>,
  source: string | null,
): BoardRow[] {
  const latest = new Map<number, StoredScore>();
  for (const score of scores) if (score.result.source === source) latest.set(score.clustering, score);
  return clusterings.map((clustering) => {
    const score = latest.get(clustering.id) ?? null;
    return {
      clustering,
      features: features.get(clustering.featureSet) ?? 'features that are gone',
      score,
      cells: FIGURES.map(({ value, labelled }) => ({
        value: score === null ? null : value(score.result),
        chance: score === null || score.result.chance === null ? null : value(score.result.chance),
        n: score?.result.labelled[labelled] ?? 0,
      })),
    };
  });
}

/** What a cell shows; null where there is nothing to show. */
export function readingOf({ value, chance }: BoardCell, reading: Reading): number | null {
  if (value === null || reading === 'score') return value;
  return chance === null ? null : value - chance;
}

/** Per figure the rows of the greatest reading; none where fewer than two rows can be compared. */
export function bestOf(rows: readonly BoardRow[], reading: Reading): Set<BoardRow>[] {
  return FIGURES.map((_, column) => {
    const known = rows.flatMap((row) => {
      const value = readingOf(row.cells[column], reading);
      return value === null ? [] : [{ row, value }];
    });
    if (known.length < 2) return new Set();
    const most = Math.max(...known.map(({ value }) => value));
    return new Set(known.flatMap(({ row, value }) => (value === most ? [row] : [])));
  });
}

/** By what rows are ordered: their groups (features, then k), or a column's reading. */
export type BoardOrder = { by: 'features' } | { by: 'k' } | { by: 'figure'; column: number };

/** Greatest first for figures; what has no score comes last. */
export function ordered(rows: readonly BoardRow[], order: BoardOrder, reading: Reading): BoardRow[] {
  const grouped = (a: BoardRow, b: BoardRow): number =>
    a.features.localeCompare(b.features, 'en', { numeric: true }) ||
    a.clustering.k - b.clustering.k ||
    a.clustering.name.localeCompare(b.clustering.name, 'en', { numeric: true });
  if (order.by === 'features') return [...rows].sort(grouped);
  if (order.by === 'k') return [...rows].sort((a, b) => a.clustering.k - b.clustering.k || grouped(a, b));
  const read = (row: BoardRow): number =>
    readingOf(row.cells[order.column], reading) ?? Number.NEGATIVE_INFINITY;
  return [...rows].sort((a, b) => {
    const [x, y] = [read(a), read(b)];
    return x === y ? grouped(a, b) : y - x;
  });
}

/** × 100 with two digits, as the thesis prints them. */
export const hundred = (value: number | null): string =>
  value === null
    ? '–'
    : (100 * value)
        .toFixed(2)
        .replace(/^-0\.00$/, '0.00')
        .replace('-', '−');
