import type { JobShown } from '../contract/procedures/jobs.ts';
import type { ProjectSummary } from '../contract/procedures/project.ts';
import type { Served } from '../contract/server.ts';
import type { VisageTopics } from '../contract/visage.ts';
import { startEngine } from '../engine/client.ts';
import type { EngineClient } from '../engine/types.ts';
import { Fault } from '../foundation/fault.ts';
import { Project } from '../project/project.ts';
import { JobRunner } from './job-runner.ts';
import { jobWorks } from './job-works.ts';
import { RecentProjects } from './recent.ts';

type Window = Pick<Served<VisageTopics>, 'push'>;

/**
 * What one host holds: the open project with its engine and jobs, and the windows that look at it. All windows of a
 * host see the same project; opening another one closes this one.
 */
export class Workplace {
  readonly recent: RecentProjects;
  readonly version: string;
  readonly initial: string | null;
  readonly #windows = new Set<Window>();
  #project: Project | undefined;
  #engine: EngineClient | undefined;
  #jobs: JobRunner | undefined;

  constructor(options: { version: string; initial?: string | null; recent?: RecentProjects }) {
    this.version = options.version;
    this.initial = options.initial ?? null;
    this.recent = options.recent ?? new RecentProjects();
  }

  /** @throws Fault when no project is open. */
  get project(): Project {
    if (!this.#project) throw new Fault('No project is open.');
    return this.#project;
  }

  get engine(): EngineClient {
    this.#engine ??= startEngine();
    return this.#engine;
  }

  get jobs(): JobRunner {
    if (!this.#jobs) throw new Fault('No project is open.');
    return this.#jobs;
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
  async open(path: string): Promise<ProjectSummary> {
    if (this.#project?.path === path) return this.summary();
    let project: Project;
    try {
      project = Project.open(path);
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
    return { path, name, readOnly, faces: this.project.faceCount(), sources: this.project.sources() };
  }

  async close(): Promise<void> {
    await this.#jobs?.close();
    this.#project?.close();
    this.#project = undefined;
    this.#jobs = undefined;
    await this.#engine?.close();
    this.#engine = undefined;
  }

  async #take(project: Project): Promise<ProjectSummary> {
    await this.#jobs?.close();
    this.#project?.close();
    this.#project = project;
    this.#jobs = new JobRunner(
      project,
      jobWorks(() => this.engine, project),
      (job) => this.#jobChanged(job),
    );
    this.recent.add(project.path, project.name);
    return this.summary();
  }

  #jobChanged(job: JobShown): void {
    this.push('jobs.changed', job);
    if (job.state !== 'done') return;
    const what = CHANGES[job.kind];
    if (what) this.push('project.changed', { what });
    // Jobs that write labels may have touched any face.
    if (LABELLING.has(job.kind)) this.push('labels.changed', { faces: new Int32Array(0) });
  }
}

const CHANGES: Readonly<
  Record<string, 'faces' | 'models' | 'features' | 'clusterings' | 'projections' | 'scores'>
> = {
  import: 'faces',
  detect: 'faces',
  embed: 'features',
  heads: 'models',
  cluster: 'clusterings',
  score: 'scores',
  map: 'projections',
};
const LABELLING = new Set(['import', 'prelabel', 'heads']);
