import type { Scoreboard } from '../../clusters/metrics/scoreboard.ts';
import type { DeviceChoice, EngineClient } from '../../engine/types.ts';
import { Fault } from '../../foundation/fault.ts';
import type { WorkOptions } from '../../foundation/progress.ts';
import type { ProjectStore } from '../../project/store.ts';
import { classifyClusters } from '../classify-clusters.ts';
import { cluster } from '../cluster.ts';
import { embed } from '../embed.ts';
import { evaluate } from '../evaluate.ts';
import { addModel } from '../models.ts';
import { score } from '../score.ts';
import type { TrainResult } from '../train/run-manifest.ts';
import type { Assigned, Row } from './plan.ts';

/** The figures of one way of clustering one network's features. */
export interface JudgedClusters {
  assigned: Assigned;
  k: number;
  /** By source of the project. */
  scores: Record<string, Pick<Scoreboard, 'purity' | 'ami' | 'labelled' | 'chance'>>;
}

/** Verification on pairs of people that the network never saw. */
export interface JudgedPairs {
  pairs: number;
  accuracy: number;
  auc: number;
  /** TAR by the FAR that was asked for. */
  tarAtFar: { far: number; tar: number }[];
}

/** What one trained network gives on one project. */
export interface Judged {
  clusters: JudgedClusters[];
  /** Why clusters are missing: routing that hardly differs from face to face cannot be cut into 300. */
  problems: string[];
  /** Null where the project's faces have no identities. */
  verification: JudgedPairs | null;
}

export interface JudgeInput {
  row: Row;
  run: TrainResult;
  /** Of the clustering and its chance level. */
  seed: number;
  /** Names of the sources that are scored one by one. */
  sources: readonly string[];
  /** Source whose people pairs are drawn from. */
  pairs: string | undefined;
  device: DeviceChoice | undefined;
}

/** Runs of k-means of which the one of least inertia counts. */
const RESTARTS = 3;
const PAIRS = { seed: 1 };

/** Takes a trained network into a project and scores it there: clusters against labels, embeddings on pairs. */
export async function judge(
  project: ProjectStore,
  engine: EngineClient,
  { row, run, seed, sources, pairs, device }: JudgeInput,
  options: WorkOptions,
): Promise<Judged> {
  const { file, manifest, name } = run;
  await addModel(project, engine, { files: [file], manifest, name }, options);
  const taps = [row.tap, ...(row.classifier ? ['clusters'] : [])];
  await embed(project, engine, { model: name, taps, device }, options);
  const clusters: JudgedClusters[] = [];
  const problems: string[] = [];
  const scored = async (assigned: Assigned, k: number, clustering: string): Promise<void> => {
    const scores: JudgedClusters['scores'] = {};
    for (const source of sources) {
      const { purity, ami, labelled, chance } = await score(
        project,
        engine,
        { clustering, source, seed },
        options,
      );
      scores[source] = { purity, ami, labelled, chance };
    }
    clusters.push({ assigned, k, scores });
  };
  for (const k of row.ks) {
    const given = { features: `${name}:${row.tap}`, k, seed, restarts: RESTARTS, device };
    try {
      const { clustering } = await cluster(project, engine, given, options);
      await scored('kmeans', k, clustering);
    } catch (thrown) {
      // One row that cannot be clustered does not end hours of training. It is tried again at the next start.
      if (!(thrown instanceof Fault)) throw thrown;
      problems.push(thrown.message);
    }
    if (!row.classifier) continue;
    const found = await classifyClusters(project, engine, { scores: `${name}:clusters` }, options);
    await scored('classifier', k, found.clustering);
  }
  if (pairs === undefined) return { clusters, problems, verification: null };
  const from = project.sources().filter((source) => source.name === pairs);
  const draw = { ...PAIRS, selection: { sources: from.map(({ id }) => id) } };
  const told = await evaluate(project, engine, { model: name, pairs: draw, device }, options);
  const { accuracy, auc, tarAtFar } = told;
  return {
    clusters,
    problems,
    verification: {
      pairs: told.pairs,
      accuracy,
      auc,
      tarAtFar: tarAtFar.map(({ target, tar }) => ({ far: target, tar })),
    },
  };
}
