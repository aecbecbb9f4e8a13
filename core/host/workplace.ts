import { randomBytes } from 'node:crypto';
import type { JobShown } from '../contract/procedures/jobs.ts';
import type { ProjectSummary } from '../contract/procedures/project.ts';
import type { Served } from '../contract/server.ts';
import type { VisageTopics } from '../contract/visage.ts';
import { startEngine } from '../engine/client.ts';
import type { EngineClient } from '../engine/types.ts';
import { Fault } from '../foundation/fault.ts';
import { Project } from '../project/project.ts';
import { DemoMaker } from './demo-maker.ts';
import { JobRunner } from './job-runner.ts';
import { jobWorks } from './job-works.ts';
import { LiveRuns } from './live-runs.ts';
import { MeanFaceMaker } from './pictures/mean-face-maker.ts';
import { type Media, ProjectMedia } from './pictures/media.ts';
import { PictureMaker } from './pictures/picture-maker.ts';
import { PreferenceFile } from './preferences.ts';
import { RecentProjects } from './recent.ts';

type Window = Pick<Served<VisageTopics>, 'push'>;

/**
 * What one host holds: the open project with its engines and jobs, and the windows that look at it. All windows of a
 * host see the same project; opening another one closes this one.
 */
export class Workplace {
  readonly recent: RecentProjects;
  readonly preferences: PreferenceFile;
  readonly version: string;
  readonly demo: DemoMaker;
  /** What is trained here now. */
  readonly runs: LiveRuns;
  readonly #initial: string | null;
  readonly #windows = new Set<Window>();
  /** Each is a process that starts on first use: jobs, questions that a view asks meanwhile, and pictures. */
  readonly #engines = new Map<'jobs' | 'lookups' | 'pictures', EngineClient>();
  readonly #pictures: PictureMaker;
  #project: Project | undefined;
  #jobs: JobRunner | undefined;
  #media: ProjectMedia | undefined;
  #mediaKey = '';
  #watch: NodeJS.Timeout | undefined;

  constructor(options: { version: string; initial?: string | null; recent?: RecentProjects }) {
    this.version = options.version;
    this.#initial = options.initial ?? null;
    this.recent = options.recent ?? new RecentProjects();
    this.preferences = new PreferenceFile();
    this.demo = new DemoMaker((state) => this.push('demo.changed', state));
    this.runs = new LiveRuns((news) => this.push('runs.curve', news));
    this.#pictures = new PictureMaker(this.#engine('pictures'));
  }

  /** The project that a new window opens. */
  get initial(): string | null {
    return this.#project?.path ?? this.#initial;
  }

  /** @throws Fault when no project is open. */
  /** The project that is open, if one is. */
  get opened(): Project | undefined {
    return this.#project;
  }

  get project(): Project {
    if (!this.#project) throw new Fault('No project is open.');
    return this.#project;
  }

  /** Runs jobs, one after the other. */
  get engine(): EngineClient {
    return this.#engine('jobs');
  }

  /** Answers what a view asks while a job runs: nearest faces, profiles, mean faces. */
  get lookups(): EngineClient {
    return this.#engine('lookups');
  }

  get jobs(): JobRunner {
    if (!this.#jobs) throw new Fault('No project is open.');
    return this.#jobs;
  }

  /** Jobs that run or wait; none without a project. */
  get activeJobs(): JobShown[] {
    return this.#jobs?.list().filter(({ state }) => state === 'running' || state === 'waiting') ?? [];
  }

  /** The open project's cache of small pictures. */
  get cache(): Pick<ProjectMedia, 'size' | 'clear'> {
    if (!this.#media) throw new Fault('No project is open.');
    return this.#media;
  }

  /** A picture by its opaque id; undefined where there is none. */
  async media(id: string, query: URLSearchParams): Promise<Media | undefined> {
    return this.#media?.get(id, query);
  }

  /** Adds a window; the function given back removes it. */
  add(window: Window): () => void {
    this.#windows.add(window);
    return () => void this.#windows.delete(window);
  }

  /** Tells all windows, also the one that caused it: its own columns change by the same message as everybody's. */
  push<Topic extends keyof VisageTopics & string>(topic: Topic, value: Parameters<Window['push']>[1]): void {
    for (const window of this.#windows) window.push(topic, value as never);
  }

  /** Opens a project; one that another process writes is opened as a read-only view. */
  async open(path: string, again = false): Promise<ProjectSummary> {
    if (this.#project?.path === path) {
      if (!again) return this.summary();
      await this.#leave();
    }
    let project: Project;
    try {
      // No waiting for another writer: it would hold up all windows, and the view that opens says how to try again.
      project = Project.open(path, { wait: 0 });
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      // Damaged and foreign folders fail again here, with their own sentence.
      project = Project.open(path, { readOnly: true });
    }
    return this.#take(project);
  }

  async create(path: string, name?: string): Promise<ProjectSummary> {
    return this.#take(Project.create(path, name === undefined ? {} : { name }));
  }

  summary(): ProjectSummary {
    const { path, name, readOnly } = this.project;
    return {
      path,
      name,
      readOnly,
      faces: this.project.faceCount(),
      sources: this.project.sources(),
      media: this.#mediaKey,
    };
  }

  /** Closes the project; windows stay. */
  async closeProject(): Promise<void> {
    await this.#leave();
    this.push('project.opened', { summary: null });
  }

  /** Ends everything: jobs are cancelled, processes ended, the project closed. */
  async close(): Promise<void> {
    await this.demo.cancel();
    await this.#leave();
    await Promise.all([...this.#engines.values()].map((engine) => engine.close()));
    this.#engines.clear();
  }

  #engine(name: 'jobs' | 'lookups' | 'pictures'): EngineClient {
    const engine = this.#engines.get(name) ?? startEngine();
    this.#engines.set(name, engine);
    return engine;
  }

  async #leave(): Promise<void> {
    clearInterval(this.#watch);
    await this.#jobs?.close();
    this.#project?.close();
    this.#project = undefined;
    this.#jobs = undefined;
    this.#media = undefined;
  }

  async #take(project: Project): Promise<ProjectSummary> {
    await this.#leave();
    this.#project = project;
    this.#jobs = new JobRunner(
      project,
      jobWorks(() => this.engine, project, this.runs),
      (job) => this.#jobChanged(job),
    );
    this.#media = new ProjectMedia(project, this.#pictures, new MeanFaceMaker(project, () => this.lookups));
    this.#mediaKey = newMediaKey();
    if (project.readOnly) this.#watchWriter(project);
    this.recent.add(project.path, project.name);
    const summary = this.summary();
    this.push('project.opened', { summary });
    return summary;
  }

  /** What the writing process of a project changes reaches the windows of a read-only view too. */
  #watchWriter(project: Project): void {
    let known = project.dataVersion();
    this.#watch = setInterval(() => {
      const now = project.dataVersion();
      if (now === known) return;
      known = now;
      this.#mediaKey = newMediaKey();
      this.push('labels.changed', { faces: new Int32Array(0) });
      for (const what of ANYTHING) this.push('project.changed', { what });
    }, WATCH_MS);
    this.#watch.unref();
  }

  #jobChanged(job: JobShown): void {
    this.push('jobs.changed', job);
    if (!ENDED.has(job.state)) return;
    const changed = job.kind === 'prepare' ? EVERYTHING : [CHANGES[job.kind]];
    for (const what of changed) {
      // Boxes and files may be others now: pictures get other addresses.
      if (what === 'faces') this.#mediaKey = newMediaKey();
      if (what) this.push('project.changed', { what });
    }
    // Jobs that write labels may have touched any face.
    if (LABELLING.has(job.kind)) this.push('labels.changed', { faces: new Int32Array(0) });
  }
}

/** A job that was cancelled or failed keeps what it had finished, so windows look again all the same. */
const ENDED = new Set<JobShown['state']>(['done', 'cancelled', 'failed']);

const newMediaKey = (): string => randomBytes(6).toString('base64url');

/** How often a read-only view asks whether the writer has written. */
const WATCH_MS = 1000;

const ANYTHING = ['models', 'features', 'clusterings', 'projections', 'scores', 'evaluations'] as const;

/** What the job that does all others may have changed. */
const EVERYTHING = ['faces', ...ANYTHING] as const;

const CHANGES: Readonly<Record<string, 'faces' | (typeof ANYTHING)[number]>> = {
  import: 'faces',
  detect: 'faces',
  embed: 'features',
  heads: 'models',
  cluster: 'clusterings',
  score: 'scores',
  map: 'projections',
  train: 'models',
  evaluate: 'evaluations',
};
const LABELLING = new Set(['import', 'prepare', 'prelabel', 'heads']);
