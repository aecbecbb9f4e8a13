/** What stands in a project. Rows of the store as the rest of core/ sees them. */

/** Who said a label. Precedence of the current label: human over rule over dataset over model. */
export type Origin = 'dataset' | 'model' | 'human' | 'rule';

/** Numbers in the database; the order is the precedence (higher wins). */
export const ORIGIN_RANK = { model: 0, dataset: 1, rule: 2, human: 3 } as const satisfies Record<
  Origin,
  number
>;

/** A source: one imported data set or folder. Images are referenced by `root` + relative path. */
export interface Source {
  id: number;
  name: string;
  /** The reader that opened it: 'fairface', 'celeba', 'ijbc', 'utkface', 'lfw', 'aflw2000', 'identities', 'folder', 'csv', 'synthetic', 'visage', 'cohorts'. */
  format: string;
  /** Absolute folder of the images; null while only labels are known. */
  root: string | null;
  faces: number;
}

/** Box in pixels of the image, left/top/width/height. */
export type Box = readonly [x: number, y: number, width: number, height: number];

/** One face: the thing that is labelled. An image can hold several. */
export interface NewFace {
  /** Path of its image relative to the source's root, with '/' separators. */
  path: string;
  /** Distinguishes faces of one image ('' for the only one); e.g. an IJB-C sighting id. With `path` it is the identity of the row on re-import. */
  key?: string;
  /** Name of the person inside this source, if known. */
  identity?: string;
  box?: Box;
  /** Five points (left eye, right eye, nose, left and right mouth corner), x0 y0 … x4 y4, pixels. */
  points?: ArrayLike<number>;
  /** 68 landmarks, x0 y0 … x67 y67, pixels. */
  landmarks?: ArrayLike<number>;
  /** Detector's score of the box, 0…1. */
  score?: number;
  /** 'train', 'val', 'test' as the set says. */
  split?: string;
  /** Raw values as the set wrote them, kept unchanged: { age: '20-29', race: 'East Asian', yaw: '12.4' }. */
  raw?: Readonly<Record<string, string>>;
  /** Folded labels, value per attribute (order of ATTRIBUTES); undefined where the set says nothing. */
  labels?: readonly (number | undefined)[];
  /** Confidence of those labels, 0…1, where the set gives one (e.g. FairFace predictor scores). */
  confidences?: readonly (number | undefined)[];
  /** Who said each label, where the set says so (an export of Visage); the set itself where it does not. */
  origins?: readonly (Origin | undefined)[];
  /** What the set says its picture's file holds: SHA-256 (64 hexadecimal digits) and size, where it is known. */
  content?: { sha256: string; bytes?: number };
}

/** A face as read back. */
export interface Face {
  id: number;
  imageId: number;
  sourceId: number;
  path: string;
  key: string;
  identity: string | null;
  box: Box | null;
  points: Float32Array | null;
  /** 68 landmarks, x0 y0 … x67 y67, pixels. */
  landmarks: Float32Array | null;
  score: number | null;
  split: string | null;
  raw: Record<string, string>;
  /** Current value of each attribute, −1 where unlabelled. */
  labels: number[];
  /** Origin of each current value, null where unlabelled. */
  origins: (Origin | null)[];
  confidences: (number | null)[];
}

/** How good a face's picture is, and why (`core/models/quality`): each 0…1, null where it cannot be measured. */
export interface Quality {
  total: number;
  size: number;
  sharpness: number;
  pose: number | null;
  score: number | null;
  occlusion: number | null;
}

/** Who or what an event comes from: a person, a model (by hash), a data set (source) or a rule. */
export interface Agent {
  origin: Origin;
  /** 'ana', 'fsanet', 'FairFace', 'clear UTKFace Others' */
  name: string;
  /** Content hash of the model file(s), for origin 'model'. */
  hash?: string;
}

/** One label to write. `value` −1 takes the attribute's label by this origin away (an explicit 'unknown'). */
export interface LabelChange {
  face: number;
  attribute: number;
  value: number;
  confidence?: number;
}

/** Many labels as columns, for bulk writes; all three arrays have the same length. */
export interface LabelColumns {
  faces: Int32Array;
  attributes: Uint8Array | number;
  values: Int8Array | number;
  confidences?: Float32Array;
}

/**
 * What persons say now, a row per person, face and attribute, ordered by face, attribute and event. Of a person who
 * also decided a difference between annotators (a batch of kind 'reconcile') both are rows: the own judgement and the
 * decision.
 */
export interface PersonLabels {
  /** Names, ascending. */
  annotators: string[];
  /** Index into `annotators`. */
  annotator: Uint16Array;
  faces: Int32Array;
  attributes: Uint8Array;
  /** −1: an explicit 'unknown'. */
  values: Int8Array;
  events: Int32Array;
  /** 1 where it is a decision between annotators. */
  reconciled: Uint8Array;
}

/** An append-only event, as the history shows it. */
export interface LabelEvent {
  id: number;
  face: number;
  attribute: number;
  value: number;
  origin: Origin;
  agent: string;
  hash: string | null;
  confidence: number | null;
  batch: number;
  /** Milliseconds since 1970. */
  time: number;
  /** The event that this one takes back (undo), if any. */
  retracts: number | null;
}

/** One undoable step. */
export interface Batch {
  id: number;
  /** 'import', 'prelabel', 'label', 'bulk', 'undo', 'redo', 'reconcile' */
  kind: string;
  description: string;
  origin: Origin;
  agent: string;
  time: number;
  events: number;
  /** For kind 'undo' and 'redo': the batch that it takes back or brings back. */
  target: number | null;
  /** True while an undo of it stands. */
  undone: boolean;
}

/** A matrix of features: `vectors/<file>` holds one float32 row per face; `faces` says which. */
export interface FeatureSet {
  id: number;
  /** Unique within the project: 'mobilefacenet:embedding'. */
  name: string;
  model: string;
  modelHash: string;
  /** Graph output or tap that was read. */
  tap: string;
  rows: number;
  dimensions: number;
  /** 'embedding', 'pooled', 'routing'; anything else as given. */
  kind: string;
  device: string;
  /** Absolute path of the .npy file. */
  file: string;
  /** For routing vectors: entries per place, e.g. [{ name: 'stage2.block1', experts: 4, groups: 1 }, …]. */
  layout?: unknown;
  time: number;
}

export interface Clustering {
  id: number;
  name: string;
  featureSet: number;
  k: number;
  inertia: number;
  iterations: number;
  /** Everything needed to run it again: init, sample, metric, restarts, seed. */
  settings: Record<string, unknown>;
  device: string;
  seconds: number;
  time: number;
}

export interface Projection {
  id: number;
  name: string;
  featureSet: number;
  method: string;
  settings: Record<string, unknown>;
  seconds: number;
  time: number;
}

/** Columns of current labels for many faces, the form in which analysis reads them. */
export interface LabelTable {
  faces: Int32Array;
  /** Five columns, −1 where unlabelled. */
  values: Int8Array[];
  /** ORIGIN_RANK of each current value, −1 where unlabelled. */
  origins: Int8Array[];
  /** NaN where none is known. */
  confidences: Float32Array[];
  /** Cohort index 0…269, −1 unless all five are labelled. */
  cohorts: Int16Array;
  sources: Int32Array;
  /** Identity id, −1 where unknown. */
  identities: Int32Array;
  /** Quality of the face's picture, 0…1; NaN where it was not judged. */
  qualities: Float32Array;
}

/** Which faces: every condition that is given must hold. */
export interface Selection {
  faces?: Int32Array;
  sources?: readonly number[];
  /** Allowed values per attribute; −1 stands for 'unlabelled'. */
  values?: readonly (readonly number[] | undefined)[];
  cohorts?: readonly number[];
  identities?: readonly number[];
  /** Only current labels of these origins (all labelled attributes must satisfy it). */
  origins?: readonly Origin[];
  /** Every labelled attribute's confidence at least this; labels without a confidence (human, dataset) pass. */
  minConfidence?: number;
  /** Quality figure at least this, 0…1; faces that were not judged do not pass. */
  minQuality?: number;
}
