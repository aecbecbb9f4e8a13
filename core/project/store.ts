import type { StepKind, Whose } from './latest-step.ts';
import type {
  Agent,
  Batch,
  Box,
  Clustering,
  Face,
  FeatureSet,
  LabelChange,
  LabelColumns,
  LabelEvent,
  LabelTable,
  NewFace,
  PersonLabels,
  Projection,
  Quality,
  Selection,
  Source,
} from './types.ts';

/** Where an image file stands and what is known of its content. */
export interface ImageRecord {
  id: number;
  sourceId: number;
  /** Relative to the source's root, as the data set names it: with the face's key, the row's identity on re-import. */
  path: string;
  /** Where the file was found, relative to the root; equals `path` unless it lies elsewhere (moved, reorganised). */
  place: string;
  /** SHA-256 of the file's bytes, hex; null until it was seen. */
  hash: string | null;
  bytes: number | null;
  /** Modification time in whole milliseconds when it was hashed: same size and time are not hashed again. */
  mtime: number | null;
  width: number | null;
  height: number | null;
  /** 'missing': not seen under the root; 'unreadable': `problem` says why. */
  state: 'missing' | 'ok' | 'unreadable';
  problem: string | null;
}

/** What it takes to show a face. */
export interface FacePicture {
  /** Absolute path, null while the source has no root. */
  file: string | null;
  /** Changes when the picture's content was seen to change. */
  version: string;
  box: Box | null;
}

/** Columns of equal length: paths relative to the sources' roots, and the keys of faces within their pictures. */
export interface FacePlaces {
  faces: Int32Array;
  paths: string[];
  keys: string[];
  /** Why the picture cannot be read, as it was last seen, as a sentence; null where it can. */
  problems: (string | null)[];
}

/** What image verification found for one image; what is not given stays as it was. */
export interface ImageFinding {
  id: number;
  /** A new place (moved file); the image keeps its `path`, so that reading the source again finds the same row. */
  place?: string;
  hash?: string;
  bytes?: number;
  mtime?: number;
  width?: number;
  height?: number;
  state: ImageRecord['state'];
  problem?: string;
}

/** What a detector found in an image. */
export interface Detection {
  face: number;
  box: readonly [number, number, number, number];
  /** Five points; absent where neither the detector nor a landmark network gives them. */
  points?: ArrayLike<number>;
  /** 68 landmarks, where the model gives them. */
  landmarks?: ArrayLike<number>;
  score: number;
}

export interface ModelRecord {
  id: number;
  /** Unique in the project: 'mobilefacenet'. */
  name: string;
  /** Content hash of the model (manifest's hash over its file(s)). */
  hash: string;
  /** The manifest as JSON (core/models parses it). */
  manifest: unknown;
  /** Absolute folder inside the project's models/ that holds manifest and files. */
  folder: string;
  time: number;
}

export interface ScoreRecord {
  id: number;
  clustering: number;
  /** The whole score, as `visage score --json` prints it. */
  result: Record<string, unknown>;
  time: number;
}

/** A network judged on pairs, without what is only read for one. */
export interface EvaluationRecord {
  id: number;
  /** Name of the network: a model of the project or an ONNX file's. */
  model: string;
  modelHash: string;
  /** Name of the set of pairs. */
  pairs: string;
  /** Equal where the pairs are the same. */
  pairsHash: string;
  /** Figures, as `visage evaluate --list --json` prints them. */
  result: Record<string, unknown>;
  time: number;
}

export interface NewEvaluation extends Omit<EvaluationRecord, 'id' | 'time'> {
  /** Equal for the same network judged in the same way on the same pairs: the later one replaces the earlier. */
  key: string;
  /** Curve, histogram, errors. */
  detail: Record<string, unknown>;
}

export interface JobRecord {
  id: number;
  kind: string;
  input: Record<string, unknown>;
  state: 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted';
  result: Record<string, unknown> | null;
  problem: string | null;
  device: string | null;
  started: number;
  ended: number | null;
}

/**
 * The project folder's store: the one writer of project.db. All methods are synchronous; each writing method is one
 * transaction that is durable when it returns. Ids are positive integers.
 */
export interface ProjectStore {
  readonly path: string;
  readonly name: string;
  readonly readOnly: boolean;
  close(): void;

  // Sources, images, faces
  sources(): Source[];
  /** @throws Fault that lists the known names. */
  source(nameOrId: string | number): Source;
  /** Gives the existing source of this name and format, or a new one. A `root` that is given replaces an unknown one. */
  addSource(source: { name: string; format: string; root: string | null }): Source;
  setSourceRoot(id: number, root: string): void;
  /**
   * Adds faces, or brings existing ones (same source, path, key) up to date; writes a label event only where a value
   * differs from what this source said before, so that reading a source twice writes nothing. A long import comes in
   * several calls: `batch`, as an earlier one gave it, makes them one batch. `batch` is null while no event was needed.
   */
  putFaces(
    sourceId: number,
    faces: Iterable<NewFace>,
    description: string,
    batch?: number | null,
  ): { added: number; changed: number; unchanged: number; events: number; batch: number | null };
  face(id: number): Face;
  /** The faces in the order of the ids given. */
  faces(ids: Int32Array | readonly number[]): Face[];
  /** Ids in ascending order. */
  select(selection: Selection): Int32Array;
  /** Where the faces with ids from `first` to `last` stand in their sources, ascending: columns, for going over all of them. */
  facePlaces(first: number, last: number): FacePlaces;
  faceCount(): number;
  images(filter?: { source?: number; state?: ImageRecord['state'] }): ImageRecord[];
  /** @throws Fault for an unknown image. */
  image(id: number): ImageRecord;
  /** Where a face's picture is; undefined for an unknown face. */
  picture(faceId: number): FacePicture | undefined;
  /** Absolute path of a face's image, null while its source has no root. */
  imagePath(faceId: number): string | null;
  recordImages(findings: Iterable<ImageFinding>): void;
  /** Groups of image ids with equal hash, at least two each. */
  duplicates(): number[][];
  /** Box, points and score of faces, as a detector found them. */
  recordDetections(detections: Iterable<Detection>): void;
  /** Figures of quality, made by this version of the formula. @throws Fault for one outside 0…1 */
  recordQualities(version: number, rows: Iterable<Quality & { face: number }>): void;
  /** Null where the face was not judged, or was found or read anew since. */
  quality(face: number): Quality | null;
  /** Faces that have a figure of this version, ascending. */
  judgedFaces(version: number): Int32Array;
  identityName(id: number): string;
  /** Identities whose name holds `text` (any case of ASCII letters), the closest first, at most `limit`. */
  findIdentities(text: string, limit: number): { id: number; source: number; name: string }[];
  /** Names of all identities by id. */
  identityNames(): Map<number, string>;

  // Labels
  label(changes: Iterable<LabelChange>, agent: Agent, batch: { kind: string; description: string }): Batch;
  /**
   * Long work writes in several calls: `continues`, the batch that an earlier call gave, makes them one batch while no
   * other was written since (each call's events keep their own agent).
   */
  labelColumns(
    columns: LabelColumns,
    agent: Agent,
    batch: { kind: string; description: string; continues?: number | null },
  ): Batch;
  history(face: number): LabelEvent[];
  batches(limit?: number): Batch[];
  /** @throws Fault when there is no such batch */
  batch(id: number): Batch;
  /** The faces that a batch says something of, ascending. */
  facesOfBatch(batch: number): Int32Array;
  /** The attributes that a batch says something of, ascending. */
  attributesOfBatch(batch: number): Uint8Array;
  /** The batch that undo or redo comes to first: of all persons' (default), of the listed ones, or of one person's. */
  latestStep(how: StepKind, whose?: Whose): Batch | null;
  /** Takes back a batch (default: the latest human one that stands). @throws Fault when there is none or it is undone. */
  undo(batch?: number, by?: string): Batch;
  /** Brings back an undone batch (default: the latest undone). */
  redo(batch?: number, by?: string): Batch;
  labelTable(faces?: Int32Array): LabelTable;
  /** 270 counts; with a source, of that source only. Faces that lack an attribute are in no cohort. */
  cohortCounts(source?: number): Int32Array;
  /**
   * Latest standing value per face of every agent that said this attribute, for disagreement and agreement: one
   * column per agent over `faces`, −1 where it said nothing.
   */
  opinions(
    attribute: number,
    faces: Int32Array,
  ): { agent: Agent; values: Int8Array; confidences: Float32Array }[];

  /** What persons say now (of all persons, or of one), for agreement and for who works blind. */
  personLabels(annotator?: string): PersonLabels;

  // Models, features, clusterings, projections, scores, evaluations, jobs
  models(): ModelRecord[];
  model(name: string): ModelRecord;
  addModel(model: { name: string; hash: string; manifest: unknown; folder: string }): ModelRecord;
  featureSets(): FeatureSet[];
  featureSet(name: string): FeatureSet;
  /**
   * Starts a feature set; rows are appended in batches and each append is durable, so that an interrupted job goes on
   * where it stopped. `facesWithRow` says which are there already.
   */
  beginFeatureSet(set: Omit<FeatureSet, 'id' | 'rows' | 'file' | 'time'>): FeatureAppender;
  /** Face ids in row order. */
  featureFaces(set: FeatureSet): Int32Array;
  /** Rows of the given faces (default: all, row order) as one row-major matrix. @throws Fault naming faces without a row. */
  featureMatrix(set: FeatureSet, faces?: Int32Array): Float32Array;
  clusterings(): Clustering[];
  clustering(name: string): Clustering;
  addClustering(
    clustering: Omit<Clustering, 'id' | 'time'>,
    faces: Int32Array,
    assignment: Int32Array,
    centroids: Float32Array,
  ): Clustering;
  clusteringData(clustering: Clustering): {
    faces: Int32Array;
    assignment: Int32Array;
    centroids: Float32Array;
  };
  projections(): Projection[];
  projection(name: string): Projection;
  addProjection(projection: Omit<Projection, 'id' | 'time'>, faces: Int32Array, xy: Float32Array): Projection;
  projectionData(projection: Projection): { faces: Int32Array; xy: Float32Array };
  addScore(clustering: number, result: Record<string, unknown>): ScoreRecord;
  scores(clustering?: number): ScoreRecord[];
  addEvaluation(evaluation: NewEvaluation): EvaluationRecord;
  /** The oldest first. */
  evaluations(): EvaluationRecord[];
  /** @throws Fault for an unknown evaluation */
  evaluationDetail(id: number): Record<string, unknown>;
  removeEvaluation(id: number): void;
  beginJob(kind: string, input: Record<string, unknown>): number;
  endJob(id: number, end: Pick<JobRecord, 'state' | 'result' | 'problem' | 'device'>): void;
  jobs(limit?: number): JobRecord[];

  /** Problems as sentences: database integrity, labels against events, files against records, hashes of images. */
  verify(options?: { hashes?: boolean }): string[];
}

/** Appends rows to a feature set. */
export interface FeatureAppender {
  readonly set: FeatureSet;
  /** Faces that have a row already. */
  readonly facesWithRow: ReadonlySet<number>;
  /** `rows` is faces.length × dimensions. Durable on return. */
  append(faces: Int32Array, rows: Float32Array): void;
  close(): FeatureSet;
}
