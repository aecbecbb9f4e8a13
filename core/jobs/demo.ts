import { existsSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ATTRIBUTE_NAMES } from '../attributes/attributes.ts';
import type { EngineClient } from '../engine/types.ts';
import { readManifest } from '../exports/manifest.ts';
import { MANIFEST_FILE } from '../exports/write.ts';
import { Fault } from '../foundation/fault.ts';
import type { WorkOptions } from '../foundation/progress.ts';
import { Project } from '../project/project.ts';
import { classifyClusters } from './classify-clusters.ts';
import { cluster } from './cluster.ts';
import { DEMO_NETWORKS, demoFiles } from './demo/networks.ts';
import { embed } from './embed.ts';
import { type EvaluationFigures, evaluate } from './evaluate.ts';
import { exportSubset } from './export.ts';
import { type AttributeReport, type AttributeSkipped, type HeadsResult, heads } from './heads.ts';
import { importSource } from './import.ts';
import { map } from './map.ts';
import { addModel } from './models.ts';
import { type ScoreResult, score } from './score.ts';
import { synth } from './synth.ts';

export interface DemoInput {
  /** Folder for pictures, project and export; `demoFolder()` when absent. */
  folder?: string;
  faces?: number;
  identities?: number;
  seed?: number;
  /** Remove an earlier demo in that folder first. */
  again?: boolean;
}

/** One thing that the demo made, for the report. */
export interface DemoStep {
  step: string;
  seconds: number;
  /** False when it was there from an earlier run. */
  made: boolean;
}

/** What `visage demo --json` prints. */
export interface DemoResult {
  project: string;
  faces: number;
  identities: number;
  cohorts: number;
  features: { name: string; dimensions: number }[];
  scores: ScoreResult[];
  /** Verification of each network on pairs of the demo's people, none of whom it was trained on. */
  verification: Pick<EvaluationFigures, 'model' | 'pairs' | 'accuracy' | 'deviation' | 'auc'>[];
  /** Cross-validated accuracy of each attribute's head on the pooled layers; `baseline` is always saying the commonest. */
  heads: Record<string, { accuracy: number; balancedAccuracy: number; baseline: number }>;
  export: string;
  images: number;
  steps: DemoStep[];
  seconds: number;
}

export const DEMO_DEFAULTS = { faces: 3000, identities: 300, seed: 1 };

/** Clusters of the demo: the thesis's smallest number, and one that fits 3,000 faces. */
const CLUSTERS = [30, 100];
/** Images per cohort of the demo's export: synthetic faces are spread over many cohorts. */
const PER_COHORT = 10;

/** Where the demo goes when no folder is named. */
export const demoFolder = (): string => join(process.env.VISAGE_HOME ?? join(homedir(), 'Visage'), 'demo');

/** The demo's project in a folder. */
export const demoProject = (folder: string = demoFolder()): string => join(resolve(folder), 'demo.visage');

/** True when a demo in that folder was made to its end: the export is the last step. */
export const demoFinished = (folder: string = demoFolder()): boolean =>
  existsSync(join(demoProject(folder), 'project.db')) &&
  existsSync(join(folder, `sub${PER_COHORT}`, MANIFEST_FILE));

/**
 * Makes the demo project: synthetic faces, features of the networks that come with the program (trained on other synthetic
 * people), clusters with scores, verification, maps, heads and a balanced export. Each step that stands already is left as
 * it is, so a demo that was interrupted goes on, and a finished one is only reported.
 */
export async function demo(
  engine: EngineClient,
  input: DemoInput = {},
  options: WorkOptions = {},
): Promise<DemoResult> {
  const { faces, identities, seed } = { ...DEMO_DEFAULTS, ...withoutUndefined(input) };
  const folder = resolve(input.folder ?? demoFolder());
  const path = demoProject(folder);
  const pictures = join(folder, 'faces');
  const exported = join(folder, `sub${PER_COHORT}`);
  if (input.again === true) {
    for (const made of [path, pictures, exported]) rmSync(made, { recursive: true, force: true });
  }
  const begun = performance.now();
  const steps: DemoStep[] = [];
  const step = async <T>(name: string, there: boolean, work: () => Promise<T>): Promise<T | undefined> => {
    const started = performance.now();
    const result = there ? undefined : await work();
    steps.push({ step: name, seconds: (performance.now() - started) / 1000, made: !there });
    return result;
  };

  await step('draw synthetic faces', false, () =>
    synth({ folder: pictures, faces, identities, seed }, options),
  );
  const project = existsSync(path) ? Project.open(path) : Project.create(path, { name: 'Demo' });
  try {
    await step('read them in', project.faceCount() >= faces, () =>
      importSource(project, { source: pictures, name: 'Synthetic faces' }, options),
    );
    if (project.faceCount() !== faces) {
      throw new Fault(
        `'${path}' holds ${project.faceCount()} faces and the demo has ${faces}. Make it anew with --again, or choose another folder.`,
      );
    }
    for (const network of DEMO_NETWORKS) {
      const { name, taps } = network;
      await step(
        `add ${name}`,
        project.models().some((model) => model.name === name),
        () => addModel(project, engine, { ...demoFiles(network), name }, options),
      );
      const complete = taps.every((tap) =>
        project.featureSets().some((set) => set.name === `${name}:${tap}` && set.rows === faces),
      );
      await step(`extract features of ${name}`, complete, () =>
        embed(project, engine, { model: name, taps }, options),
      );
    }

    const scores: ScoreResult[] = [];
    const scored = async (name: string, make: () => Promise<unknown>): Promise<void> => {
      await step(
        `cluster ${name}`,
        project.clusterings().some((known) => known.name === name),
        make,
      );
      const kept = project.scores(project.clustering(name).id).at(-1)?.result as ScoreResult | undefined;
      const made = await step(`score ${name}`, kept !== undefined, () =>
        score(project, engine, { clustering: name, seed }, options),
      );
      scores.push((made ?? kept) as ScoreResult);
    };
    for (const { name: model, title, clustered, classifier } of DEMO_NETWORKS) {
      for (const k of CLUSTERS) {
        const name = `${title} ${clustered} k=${k}`;
        await scored(name, () =>
          cluster(project, engine, { features: `${model}:${clustered}`, k, seed, name }, options),
        );
      }
      if (!classifier) continue;
      const name = `${title} classifier`;
      await scored(name, () =>
        classifyClusters(project, engine, { scores: `${model}:clusters`, name }, options),
      );
    }

    const verification: DemoResult['verification'] = [];
    for (const { name: model } of DEMO_NETWORKS) {
      const kept = project.evaluations().find((known) => known.model === model);
      const made = await step(`verify ${model}`, kept !== undefined, () =>
        evaluate(project, engine, { model, pairs: { seed } }, options),
      );
      const figures: unknown = made ?? kept?.result;
      const { pairs, accuracy, deviation, auc } = figures as EvaluationFigures;
      verification.push({ model, pairs, accuracy, deviation, auc });
    }
    for (const { name: model, title, clustered } of DEMO_NETWORKS) {
      const name = `${title} ${clustered}`;
      await step(
        `map ${name}`,
        project.projections().some((known) => known.name === name),
        () =>
          map(project, engine, { features: `${model}:${clustered}`, method: 'tsne', seed, name }, options),
      );
    }
    const trained = await step(
      'train attribute heads',
      false,
      (): Promise<HeadsResult> =>
        heads(project, { features: [`${DEMO_NETWORKS[0].name}:pooled`], action: 'train' }, options),
    );
    await step('export a balanced set', existsSync(join(exported, MANIFEST_FILE)), () =>
      exportSubset(
        project,
        {
          perCohort: PER_COHORT,
          seed,
          balance: { sources: true, identities: true },
          short: 'leave-out',
          selection: {},
          layout: 'visage',
          mode: 'copy',
          out: exported,
        },
        options,
      ),
    );
    return {
      project: path,
      faces: project.faceCount(),
      identities,
      cohorts: project.cohortCounts().filter((count) => count > 0).length,
      features: project.featureSets().map(({ name, dimensions }) => ({ name, dimensions })),
      scores,
      verification,
      heads: accuracies(trained),
      export: exported,
      images: (await readManifest(join(exported, MANIFEST_FILE))).faces.length,
      steps,
      seconds: (performance.now() - begun) / 1000,
    };
  } finally {
    project.close();
  }
}

const withoutUndefined = (input: DemoInput): Partial<typeof DEMO_DEFAULTS> =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));

function accuracies(result: HeadsResult | undefined): DemoResult['heads'] {
  const found: DemoResult['heads'] = {};
  for (const name of ATTRIBUTE_NAMES) {
    const report = result?.[name] as AttributeReport | AttributeSkipped | undefined;
    if (!report || report.accuracy === null) continue;
    const { accuracy, balancedAccuracy, baseline } = report;
    found[name] = { accuracy, balancedAccuracy, baseline: baseline.accuracy };
  }
  return found;
}
