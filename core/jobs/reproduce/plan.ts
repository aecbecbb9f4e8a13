import type { FaceSettings } from '../../synthetic/faces.ts';
import type { ScaleName } from '../train/presets.ts';

/** How the clusters of a row come about: k-means over its features, or the greatest score of the trained classifier. */
export type Assigned = 'kmeans' | 'classifier';

/** A network of the table: a preset's training, and what is clustered of it. */
export interface Row {
  /** As the thesis writes it, without the number of clusters. */
  name: string;
  preset: string;
  /** Tap that is clustered: the thesis takes pooled layers for BL and the routing vector for all others. */
  tap: 'pooled' | 'routing';
  /** Numbers of clusters of k-means. */
  ks: readonly number[];
  /** Whether the trained classifier assigns clusters too. */
  classifier: boolean;
}

const row = (preset: string, ks: readonly number[], classifier = true): Row => ({
  ...{ name: preset, preset, tap: preset === 'BL' ? 'pooled' : 'routing', ks, classifier },
});

/**
 * Networks that are compared. 'DGC' is not in the thesis's table: it is AS4's network before its clusters' loss, which shows
 * what the groups do by themselves.
 */
export const ROWS: readonly Row[] = [
  row('BL', [30, 300], false),
  row('DC', [30, 300], false),
  row('AS1:P=30', [30]),
  row('AS1:P=300', [300]),
  row('AS3:I', [300]),
  row('DGC', [30, 300], false),
  row('AS4', [300]),
  row('AS5', [300]),
];
export const ROW_NAMES = ROWS.map(({ name }) => name);

/** Synthetic faces of a reproduction. Seeds differ, so no person that is judged was trained on. */
export interface Data {
  train: FaceSettings;
  /** Sources of the project that is judged on; pairs for verification are drawn from the first. */
  judged: Record<string, FaceSettings>;
}

export const DATA: Record<ScaleName, Data> = {
  smoke: data([320, 40], [200, 40], [140, 14]),
  small: data([9600, 480], [4000, 400], [2700, 270]),
  medium: data([100_000, 4000], [10_000, 1000], [5400, 540]),
  // As many as the thesis trains on, about 80 of a person, and Sub200's size per cohort.
  thesis: data([700_000, 8750], [20_000, 1000], [54_000, 2700]),
};

type Size = [faces: number, identities: number];

function data(train: Size, natural: Size, balanced: Size): Data {
  const set = ([faces, identities]: Size, seed: number): FaceSettings => ({ faces, identities, seed });
  return {
    train: set(train, 101),
    judged: { natural: set(natural, 202), balanced: { ...set(balanced, 303), balanced: true } },
  };
}

/** Differences that the thesis's tables show (§5.4.2–5.4.4), by which two rows are compared. */
export interface Ordering {
  claim: string;
  /** Rows and what is compared of them; `better` should have more. */
  better: { row: string; k: number; assigned: Assigned };
  worse: { row: string; k: number; assigned: Assigned };
  figure: 'ami' | 'purity' | 'verification';
}

const at = (name: string, k: number, assigned: Assigned = 'kmeans'): Ordering['better'] => ({
  ...{ row: name, k, assigned },
});
const ordering = (
  claim: string,
  figure: Ordering['figure'],
  better: Ordering['better'],
  worse: Ordering['better'],
): Ordering => ({ claim, better, worse, figure });

export const ORDERINGS: readonly Ordering[] = [
  ordering('Dynamic convolution clusters better than the baseline', 'ami', at('DC', 30), at('BL', 30)),
  ordering('Dynamic convolution clusters better than the baseline', 'ami', at('DC', 300), at('BL', 300)),
  ordering('The clusters’ loss adds to it', 'ami', at('AS1:P=300', 300, 'classifier'), at('DC', 300)),
  ordering('The clusters’ loss adds to it', 'purity', at('AS1:P=300', 300, 'classifier'), at('DC', 300)),
  ordering('The clusters’ loss adds to it, k-means for both', 'ami', at('AS1:P=300', 300), at('DC', 300)),
  ordering(
    'No projection is better than an MLP',
    'ami',
    at('AS3:I', 300, 'classifier'),
    at('AS1:P=300', 300, 'classifier'),
  ),
  ordering('Groups are better than none, before the clusters’ loss', 'ami', at('DGC', 300), at('DC', 300)),
  ordering(
    'Groups are better than none',
    'ami',
    at('AS4', 300, 'classifier'),
    at('AS1:P=300', 300, 'classifier'),
  ),
  ordering(
    'k-means labels are better than Sinkhorn–Knopp',
    'ami',
    at('AS5', 300, 'classifier'),
    at('AS4', 300, 'classifier'),
  ),
  ordering('Verification gains by dynamic convolution', 'verification', at('DC', 300), at('BL', 300)),
  ordering('Verification does not suffer from CondFace', 'verification', at('AS5', 300), at('DGC', 300)),
  ordering('Verification of CondFace against the baseline', 'verification', at('AS5', 300), at('BL', 300)),
];
