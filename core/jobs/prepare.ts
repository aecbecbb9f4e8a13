import { kmeansSettings } from '../clusters/kmeans/settings.ts';
import type { EngineClient } from '../engine/types.ts';
import { Fault } from '../foundation/fault.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import type { ProjectStore } from '../project/store.ts';
import { cluster, clusteringName } from './cluster.ts';
import { detect } from './detect.ts';
import { embed } from './embed.ts';
import { heads } from './heads.ts';
import { map } from './map.ts';
import { addModel } from './models.ts';
import { prelabel } from './prelabel.ts';
import {
  type Chosen,
  chooseNetworks,
  type PlannedStep,
  type PrepareInput,
  type PreparePlan,
  type PrepareStepName,
  preparePlan,
  unplacedFaces,
} from './prepare/plan.ts';
import { sourcesByFaces } from './prepare/sources.ts';
import { quality } from './quality.ts';
import { type JobOptions, recorded } from './recorded.ts';
import { score } from './score.ts';

/** What a step did. */
export interface PreparedStep {
  step: PrepareStepName;
  title: string;
  state: PlannedStep['state'];
  /** What came of it, or why it was not done. */
  says: string;
  seconds: number;
}

/** What `visage prepare --json` prints. */
export interface PrepareResult {
  faces: number;
  steps: PreparedStep[];
  /** Networks that were added to the project. */
  added: string[];
  missing: string[];
  /** Ids of faces that were not found in their pictures, by these networks (detector, landmarks): not looked for again. */
  missed: number[];
  by: (string | null)[];
  /** Where to look. */
  clustering: string | null;
  projection: string | null;
  seconds: number;
}

/** t-SNE's usual perplexity; where there are fewer than three times as many faces, a third of them. */
const USUAL_PERPLEXITY = 30;

const count = (n: number): string => n.toLocaleString('en-US');

/** Runs one step. @returns what came of it, in a sentence */
type Run = (options: JobOptions) => Promise<string>;

function stepsOf(
  project: ProjectStore,
  engine: EngineClient,
  input: PrepareInput,
  chosen: Chosen,
  result: PrepareResult,
): Record<PrepareStepName, Run> {
  const { detector, landmarks, embedding, labellers, taps, features, k } = chosen;
  const { device } = input;
  const net = { model: embedding.name, device };
  return {
    find: async (options) => {
      const common = { model: detector.name, landmarks: landmarks?.name ?? 'none', device };
      const sums = { found: 0, added: 0, missed: 0 };
      for (const { sources, all } of sourcesByFaces(project, input.oneFace === true)) {
        const ids = unplacedFaces(project, project.select({ sources }));
        if (ids.length === 0) continue;
        const made = await detect(project, engine, { ...common, all, selection: { faces: ids } }, options);
        sums.found += made.found;
        sums.added += made.added;
        sums.missed += made.missed.length;
      }
      return `${count(sums.found)} faces found, ${count(sums.added)} more beside them; in ${count(sums.missed)} pictures none.`;
    },
    quality: async (options) => {
      const made = await quality(project, engine, {}, options);
      const median = made.quartiles === null ? '' : `, median ${made.quartiles[2].toFixed(2)}`;
      return `${count(made.faces)} faces judged${median}; ${count(made.rejects.length)} could not be judged.`;
    },
    label: async (options) => {
      const { attributes } = await prelabel(project, engine, { models: labellers, device }, options);
      const said = Object.entries(attributes).filter(([, n]) => n > 0);
      return `${said.map(([name, n]) => `${name} ${count(n)}`).join(', ') || 'No new labels'}.`;
    },
    embed: async (options) => {
      const made = await embed(project, engine, { ...net, taps }, options);
      return `${count(made.faces)} faces have features; ${count(made.rejected)} could not be embedded.`;
    },
    race: async (options) => {
      const on = { features: `${embedding.name}:embedding`, attributes: ['race'] };
      await heads(project, { ...on, action: 'train' }, options);
      const applied = await heads(project, { ...on, action: 'apply' }, options);
      const { labelled } = applied.race as { labelled: number };
      return `${count(labelled)} faces labelled by what was learnt from yours.`;
    },
    cluster: async (options) => {
      const rows = project.featureSet(features).rows;
      if (rows < 2) throw new Fault(`Only ${rows} faces have features; clusters need two or more.`);
      const made = await cluster(project, engine, { features, k: Math.min(k, rows), device }, options);
      result.clustering = made.clustering;
      return `'${made.clustering}': ${count(made.faces)} faces in clusters of ${count(made.smallest)} to ${count(made.largest)}.`;
    },
    score: async (options) => {
      const clustering = result.clustering ?? clusteringName(features, kmeansSettings({ k }));
      const made = await score(project, engine, { clustering }, options);
      result.clustering = made.clustering;
      return `Scored over ${count(made.faces)} faces.`;
    },
    map: async (options) => {
      const perplexity = Math.min(USUAL_PERPLEXITY, Math.floor((project.featureSet(features).rows - 1) / 3));
      // Too few faces for neighbourhoods: their greatest variation is all that there is to draw.
      const how = perplexity < 2 ? ({ method: 'pca' } as const) : ({ method: 'tsne', perplexity } as const);
      const made = await map(project, engine, { features, ...how, device }, options);
      result.projection = made.projection;
      return `'${made.projection}'.`;
    },
  };
}

/**
 * From pictures to labels, clusters and a map in one go: finds faces and landmarks, says pose, age, gender (and race, where
 * something can), extracts features, clusters, scores, maps. Each step keeps what it finishes; cancelled, interrupted or
 * started again, only what is new is done. Networks that come with the program are added where the project has none.
 * @throws Fault for an empty project, and where a step fails (what was done before it is kept)
 */
export async function prepare(
  project: ProjectStore,
  engine: EngineClient,
  input: PrepareInput = {},
  options: JobOptions = {},
): Promise<PrepareResult> {
  const chosen = chooseNetworks(project, input);
  if (project.faceCount() === 0) {
    throw new Fault('The project has no faces yet. Import pictures first: visage import P.visage FOLDER');
  }
  return recorded(project, 'prepare', input, options, async () => {
    const begun = performance.now();
    const plan: PreparePlan = preparePlan(project, input);
    const result: PrepareResult = {
      ...{ faces: 0, steps: [], added: [], missing: [], missed: [] },
      by: [chosen.detector.name, chosen.landmarks?.name ?? null],
      ...{ clustering: null, projection: null, seconds: 0 },
    };
    const runs = stepsOf(project, engine, input, chosen, result);
    const todo = plan.steps.filter(({ state }) => state === 'to do');
    for (const planned of plan.steps) {
      throwIfCancelled(options.signal);
      const { step, title, state, reason } = planned;
      if (state !== 'to do') {
        result.steps.push({ step, title, state, says: reason, seconds: 0 });
        continue;
      }
      const started = performance.now();
      const place = `Step ${todo.indexOf(planned) + 1} of ${todo.length}`;
      const within: JobOptions = {
        ...options,
        // Its own jobs are parts of this one: the project remembers one.
        job: options.job ?? 0,
        onProgress: (progress) => options.onProgress?.({ ...progress, stage: `${place}: ${progress.stage}` }),
      };
      for (const name of planned.adds) {
        if (project.models().some((model) => model.name === name)) continue;
        await addModel(project, engine, { files: [name] }, within);
        result.added.push(name);
      }
      const says = await runs[step](within);
      result.steps.push({ step, title, state: 'done', says, seconds: (performance.now() - started) / 1000 });
    }
    result.faces = project.faceCount();
    result.missed = [...unplacedFaces(project, project.select({}))];
    result.missing = preparePlan(project, input).missing;
    result.seconds = (performance.now() - begun) / 1000;
    return result;
  });
}
