import { Agents } from './agents.ts';
import { Analyses } from './analyses.ts';
import { type Connection, spoken } from './database.ts';
import { Evaluations } from './evaluations.ts';
import { Faces } from './faces.ts';
import { Features } from './features.ts';
import { Images } from './images.ts';
import { Jobs } from './jobs.ts';
import { LabelCache } from './label-columns.ts';
import { Labels } from './labels.ts';
import type { StepKind, Whose } from './latest-step.ts';
import { Models } from './models.ts';
import { createFolder, type OpenedFolder, openFolder } from './opening.ts';
import { opinions } from './opinions.ts';
import { personLabels } from './people.ts';
import { FaceIntake } from './put-faces.ts';
import { Qualities } from './qualities.ts';
import { rebuildLabels } from './rebuild.ts';
import { Selections } from './selections.ts';
import { Sources } from './sources.ts';
import type {
  Detection,
  EvaluationRecord,
  FacePicture,
  FacePlaces,
  FeatureAppender,
  ImageFinding,
  ImageRecord,
  JobRecord,
  ModelRecord,
  NewEvaluation,
  ProjectStore,
  ScoreRecord,
} from './store.ts';
import type {
  Agent,
  Batch,
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
import { verify } from './verify.ts';

export interface OpenOptions {
  /** A view that writes nothing; possible while another process writes. */
  readOnly?: boolean;
  /** Milliseconds to wait for another writer before giving up; default 5,000. */
  wait?: number;
}

/** Who undoes and redoes when nobody is named. */
const SOMEBODY = 'annotator';

/**
 * A project folder. One process at a time writes it, any number read it; every writing method is one transaction
 * that is durable on return, and what a user can cause (full disk, damaged or read-only files) is thrown as a Fault.
 */
export class Project implements ProjectStore {
  readonly path: string;
  readonly name: string;
  readonly readOnly: boolean;
  readonly #folder: OpenedFolder;
  readonly #connection: Connection;
  readonly #agents: Agents;
  readonly #cache: LabelCache;
  readonly #sources: Sources;
  readonly #images: Images;
  readonly #faces: Faces;
  readonly #labels: Labels;
  readonly #selections: Selections;
  readonly #models: Models;
  readonly #features: Features;
  readonly #analyses: Analyses;
  readonly #evaluations: Evaluations;
  readonly #jobs: Jobs;
  readonly #qualities: Qualities;
  #open = true;

  /**
   * Makes an empty project. @param name as shown to people; default: the folder's name without '.visage'
   * @throws Fault when anything stands at `path` already, or nothing can be written there
   */
  static create(path: string, options: { name?: string } = {}): Project {
    createFolder(path, options.name);
    return Project.open(path);
  }

  /**
   * @throws Fault when `path` holds no project, one of a newer version, a damaged one, or one that another process
   * writes (unless `readOnly`)
   */
  static open(path: string, options: OpenOptions = {}): Project {
    return new Project(openFolder(path, options));
  }

  private constructor(folder: OpenedFolder) {
    const { connection } = folder;
    this.#folder = folder;
    this.#connection = connection;
    this.path = connection.path;
    this.readOnly = connection.readOnly;
    this.name = folder.name;
    this.#agents = new Agents(connection);
    this.#cache = new LabelCache(connection);
    this.#sources = new Sources(connection);
    this.#images = new Images(connection);
    this.#faces = new Faces(connection);
    this.#labels = new Labels(connection, this.#agents, this.#cache);
    this.#qualities = new Qualities(connection);
    this.#selections = new Selections(connection, this.#cache, this.#qualities);
    this.#models = new Models(connection);
    this.#features = new Features(connection);
    this.#analyses = new Analyses(connection);
    this.#evaluations = new Evaluations(connection);
    this.#jobs = new Jobs(connection);
    if (!this.readOnly) {
      try {
        this.#do(() => {
          this.#features.settle();
          this.#jobs.interruptRunning();
        });
      } catch (thrown) {
        this.close();
        throw thrown;
      }
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#features.close();
    this.#open = false;
    this.#folder.close();
  }

  #do<T>(work: () => T): T {
    if (!this.#open) throw new Error(`Project '${this.path}' was closed.`);
    return spoken(this.path, work);
  }

  /** Another number after another process wrote: what was read before may not hold any more. */
  dataVersion(): number {
    return this.#do(
      () => this.#connection.get<{ data_version: number }>('PRAGMA data_version')!.data_version,
    );
  }

  sources(): Source[] {
    return this.#do(() => this.#sources.all());
  }
  source(nameOrId: string | number): Source {
    return this.#do(() => this.#sources.get(nameOrId));
  }
  addSource(source: { name: string; format: string; root: string | null }): Source {
    return this.#do(() => this.#sources.add(source));
  }
  setSourceRoot(id: number, root: string): void {
    this.#do(() => this.#sources.setRoot(id, root));
  }

  putFaces(
    sourceId: number,
    faces: Iterable<NewFace>,
    description: string,
    batch: number | null = null,
  ): { added: number; changed: number; unchanged: number; events: number; batch: number | null } {
    return this.#do(() => {
      const source = this.#sources.get(sourceId);
      const result = this.#connection.write(() => {
        const intake = new FaceIntake(
          this.#connection,
          this.#agents,
          this.#cache,
          source,
          description,
          batch,
        );
        for (const face of faces) intake.put(face);
        return intake.finish();
      });
      if (result.added + result.changed > 0) {
        this.#cache.forget();
        this.#qualities.forget();
      }
      return result;
    });
  }
  face(id: number): Face {
    return this.#do(() => this.#faces.get(id));
  }
  faces(ids: Int32Array | readonly number[]): Face[] {
    return this.#do(() => this.#faces.list(ids));
  }
  select(selection: Selection): Int32Array {
    return this.#do(() => this.#selections.select(selection));
  }
  faceCount(): number {
    return this.#do(() => this.#faces.count());
  }
  images(filter?: { source?: number; state?: ImageRecord['state'] }): ImageRecord[] {
    return this.#do(() => this.#images.list(filter));
  }
  image(id: number): ImageRecord {
    return this.#do(() => this.#images.get(id));
  }
  picture(faceId: number): FacePicture | undefined {
    return this.#do(() => this.#images.pictureOfFace(faceId));
  }
  imagePath(faceId: number): string | null {
    return this.#do(() => this.#images.pathOfFace(faceId));
  }
  recordImages(findings: Iterable<ImageFinding>): void {
    this.#do(() => this.#images.record(findings));
    this.#qualities.forget();
  }
  duplicates(): number[][] {
    return this.#do(() => this.#images.duplicates());
  }
  recordDetections(detections: Iterable<Detection>): void {
    this.#do(() => this.#faces.recordDetections(detections));
    this.#qualities.forget();
  }
  recordQualities(version: number, rows: Iterable<Quality & { face: number }>): void {
    this.#do(() => this.#qualities.record(version, rows));
  }
  quality(face: number): Quality | null {
    return this.#do(() => this.#qualities.of(face));
  }
  judgedFaces(version: number): Int32Array {
    return this.#do(() => this.#qualities.faces(version));
  }
  identityName(id: number): string {
    return this.#do(() => this.#faces.identityName(id));
  }
  findIdentities(text: string, limit: number): { id: number; source: number; name: string }[] {
    return this.#do(() => this.#faces.findIdentities(text, limit));
  }
  identityNames(): Map<number, string> {
    return this.#do(() => this.#faces.identityNames());
  }
  facePlaces(first: number, last: number): FacePlaces {
    return this.#do(() => this.#faces.places(first, last));
  }

  label(changes: Iterable<LabelChange>, agent: Agent, batch: { kind: string; description: string }): Batch {
    return this.#do(() => this.#labels.label(changes, agent, batch));
  }
  labelColumns(
    columns: LabelColumns,
    agent: Agent,
    batch: { kind: string; description: string; continues?: number | null },
  ): Batch {
    return this.#do(() => this.#labels.columns(columns, agent, batch));
  }
  history(face: number): LabelEvent[] {
    return this.#do(() => {
      this.#faces.get(face);
      return this.#labels.history(face);
    });
  }
  batches(limit?: number): Batch[] {
    return this.#do(() => this.#labels.batches(limit));
  }
  batch(id: number): Batch {
    return this.#do(() => this.#labels.batch(id));
  }
  /** The faces that a batch says something of, ascending. */
  facesOfBatch(batch: number): Int32Array {
    return this.#do(() => this.#labels.facesOf(batch));
  }
  attributesOfBatch(batch: number): Uint8Array {
    return this.#do(() => this.#labels.attributesOf(batch));
  }
  latestStep(how: StepKind, whose?: Whose): Batch | null {
    return this.#do(() => this.#labels.latestStep(how, whose));
  }
  undo(batch?: number, by: string = SOMEBODY): Batch {
    return this.#do(() => this.#labels.undo(batch, by));
  }
  redo(batch?: number, by: string = SOMEBODY): Batch {
    return this.#do(() => this.#labels.redo(batch, by));
  }
  labelTable(faces?: Int32Array): LabelTable {
    return this.#do(() => this.#selections.table(faces));
  }
  cohortCounts(source?: number): Int32Array {
    return this.#do(() => this.#selections.cohortCounts(source));
  }
  opinions(
    attribute: number,
    faces: Int32Array,
  ): { agent: Agent; values: Int8Array; confidences: Float32Array }[] {
    return this.#do(() => opinions(this.#connection, this.#agents, attribute, faces));
  }

  personLabels(annotator?: string): PersonLabels {
    return this.#do(() => personLabels(this.#connection, annotator));
  }

  models(): ModelRecord[] {
    return this.#do(() => this.#models.all());
  }
  model(name: string): ModelRecord {
    return this.#do(() => this.#models.get(name));
  }
  addModel(model: { name: string; hash: string; manifest: unknown; folder: string }): ModelRecord {
    return this.#do(() => this.#models.add(model));
  }
  featureSets(): FeatureSet[] {
    return this.#do(() => this.#features.all());
  }
  featureSet(name: string): FeatureSet {
    return this.#do(() => this.#features.get(name));
  }
  beginFeatureSet(set: Omit<FeatureSet, 'id' | 'rows' | 'file' | 'time'>): FeatureAppender {
    return this.#do(() => this.#features.begin(set));
  }
  featureFaces(set: FeatureSet): Int32Array {
    return this.#do(() => this.#features.faces(set));
  }
  featureMatrix(set: FeatureSet, faces?: Int32Array): Float32Array {
    return this.#do(() => this.#features.matrix(set, faces));
  }
  clusterings(): Clustering[] {
    return this.#do(() => this.#analyses.clusterings());
  }
  clustering(name: string): Clustering {
    return this.#do(() => this.#analyses.clustering(name));
  }
  addClustering(
    clustering: Omit<Clustering, 'id' | 'time'>,
    faces: Int32Array,
    assignment: Int32Array,
    centroids: Float32Array,
  ): Clustering {
    return this.#do(() => this.#analyses.addClustering(clustering, faces, assignment, centroids));
  }
  clusteringData(clustering: Clustering): {
    faces: Int32Array;
    assignment: Int32Array;
    centroids: Float32Array;
  } {
    return this.#do(() => this.#analyses.clusteringData(clustering));
  }
  projections(): Projection[] {
    return this.#do(() => this.#analyses.projections());
  }
  projection(name: string): Projection {
    return this.#do(() => this.#analyses.projection(name));
  }
  addProjection(
    projection: Omit<Projection, 'id' | 'time'>,
    faces: Int32Array,
    xy: Float32Array,
  ): Projection {
    return this.#do(() => this.#analyses.addProjection(projection, faces, xy));
  }
  projectionData(projection: Projection): { faces: Int32Array; xy: Float32Array } {
    return this.#do(() => this.#analyses.projectionData(projection));
  }
  addScore(clustering: number, result: Record<string, unknown>): ScoreRecord {
    return this.#do(() => this.#analyses.addScore(clustering, result));
  }
  scores(clustering?: number): ScoreRecord[] {
    return this.#do(() => this.#analyses.scores(clustering));
  }
  addEvaluation(evaluation: NewEvaluation): EvaluationRecord {
    return this.#do(() => this.#evaluations.add(evaluation));
  }
  evaluations(): EvaluationRecord[] {
    return this.#do(() => this.#evaluations.all());
  }
  evaluationDetail(id: number): Record<string, unknown> {
    return this.#do(() => this.#evaluations.detail(id));
  }
  removeEvaluation(id: number): void {
    this.#do(() => this.#evaluations.remove(id));
  }
  beginJob(kind: string, input: Record<string, unknown>): number {
    return this.#do(() => this.#jobs.begin(kind, input));
  }
  endJob(id: number, end: Pick<JobRecord, 'state' | 'result' | 'problem' | 'device'>): void {
    this.#do(() => this.#jobs.end(id, end));
  }
  jobs(limit?: number): JobRecord[] {
    return this.#do(() => this.#jobs.list(limit));
  }

  verify(options?: { hashes?: boolean }): string[] {
    return this.#do(() => verify(this.#connection, options));
  }
  /** Writes the current labels anew from the label events, after `verify` found them to differ. */
  rebuildLabels(): void {
    this.#do(() => rebuildLabels(this.#connection));
  }
}
