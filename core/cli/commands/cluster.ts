import { INITS, KMEANS_DEFAULTS, METRICS } from '../../clusters/kmeans/settings.ts';
import { startEngine } from '../../engine/client.ts';
import { UsageFault } from '../../foundation/fault.ts';
import { classifyClusters } from '../../jobs/classify-clusters.ts';
import { type ClusterResult, cluster } from '../../jobs/cluster.ts';
import { Project } from '../../project/project.ts';
import type { Command, CommandContext, Outcome } from '../command.ts';
import { deviceOf, deviceOption, engineOption } from '../devices.ts';
import { addSelectionOptions, numberOption, selectionOf, wholeOption, wordOption } from '../selection.ts';

export const command: Command = {
  configure: (command) =>
    void addSelectionOptions(
      command
        .argument('<project>', 'project folder, NAME.visage')
        .option('--features <F>', 'feature set to cluster')
        .option('--k <N>', 'number of clusters (thesis: 30, 300, 1000)')
        .option(
          '--by-classifier <F>',
          "no k-means: a trained network's own clusters, from its scores (the tap 'clusters')",
        )
        .option('--seed <S>', 'the same seed gives the same clusters', String(KMEANS_DEFAULTS.seed))
        .option('--init <how>', `first centroids: ${INITS.join(' or ')}`, KMEANS_DEFAULTS.init)
        .option('--metric <name>', `${METRICS.join(' or ')} (spherical k-means)`, KMEANS_DEFAULTS.metric)
        .option('--sample <N>', "fit on at most N faces per cluster, FAISS takes 256; 'all' for all", 'all')
        .option('--restarts <N>', 'runs of which the best is kept', String(KMEANS_DEFAULTS.restarts))
        .option('--iterations <N>', 'limit of iterations', String(KMEANS_DEFAULTS.maxIterations))
        .option(
          '--tolerance <T>',
          "stop when the centroids' squared shift is below this share of the variance",
          String(KMEANS_DEFAULTS.tolerance),
        )
        .option('--name <name>', 'name of the clustering; an old one of this name is replaced')
        .addOption(deviceOption())
        .addOption(engineOption())
        .option('--list', 'list the clusterings of the project'),
    ).addHelpText(
      'after',
      `
k-means++ draws its first centroids from at most 32 faces per cluster, and fits them to those before it goes on with
all; empty clusters take the farthest faces.

A network that was trained with clusters (visage train --clusters) has a classifier that assigns them, as the thesis does
for AS1 to AS5: each face goes to its greatest score. The clusters count as those of the network's routing vectors.

Examples:
  visage cluster faces.visage --features mobilefacenet:embedding --k 300
  visage cluster faces.visage --features net:pooled --k 1000 --metric cosine --sample 256 --seed 7
  visage cluster faces.visage --features net:pooled --k 30 --source FairFace --name fairface-30
  visage cluster faces.visage --by-classifier as5:clusters
  visage cluster faces.visage --list`,
    ),

  async run([path], options, context) {
    if (options.list === true) {
      using opened = closing(Project.open(path, { readOnly: true }));
      return listing(opened.project);
    }
    if (typeof options.byClassifier === 'string')
      return classified(path, options.byClassifier, options, context);
    if (typeof options.features !== 'string') {
      throw new UsageFault("'--features F' is missing: the feature set to cluster (see visage embed).");
    }
    if (options.k === undefined) throw new UsageFault("'--k N' is missing: the number of clusters.");
    const { device, engine: by } = deviceOf(options);
    const input = {
      features: options.features,
      k: wholeOption(options.k, '--k', 1),
      seed: wholeOption(options.seed, '--seed'),
      init: wordOption(options.init, '--init', INITS),
      metric: wordOption(options.metric, '--metric', METRICS),
      sample: options.sample === 'all' ? null : wholeOption(options.sample, '--sample', 1),
      restarts: wholeOption(options.restarts, '--restarts', 1),
      maxIterations: wholeOption(options.iterations, '--iterations', 1),
      tolerance: numberOption(options.tolerance, '--tolerance', 0),
      name: options.name as string | undefined,
      device,
    };
    using opened = closing(Project.open(path));
    const engine = startEngine({ engine: by });
    try {
      const selection = selectionOf(opened.project, options);
      const result = await cluster(opened.project, engine, { ...input, selection }, context);
      return { json: { ...result }, text: linesOf(result) };
    } finally {
      await engine.close();
    }
  },
};

/** Clusters as a network's own classifier assigns them. */
async function classified(
  path: string,
  scores: string,
  options: Readonly<Record<string, unknown>>,
  context: CommandContext,
): Promise<Outcome> {
  if (options.k !== undefined) {
    throw new UsageFault("'--k' is for k-means: the classifier has as many clusters as it was trained with.");
  }
  using opened = closing(Project.open(path));
  const engine = startEngine();
  try {
    const [features, name] = [options.features, options.name] as (string | undefined)[];
    const selection = selectionOf(opened.project, options);
    const input = { scores, features, name, selection };
    const result = await classifyClusters(opened.project, engine, input, context);
    const { clustering, faces, k, empty } = result;
    return {
      json: { ...result },
      text: [
        `${number(faces)} faces in ${k} clusters${empty > 0 ? `, ${empty} of them empty` : ''}, as the classifier assigns them.`,
        `Stored as '${clustering}', clusters of '${result.features}'. Score it: visage score PROJECT --clustering '${clustering}'`,
      ],
    };
  } finally {
    await engine.close();
  }
}

/** Closes the project when the block ends. */
const closing = (project: Project) => ({ project, [Symbol.dispose]: () => project.close() });

const number = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 1 });

function linesOf(result: ClusterResult): string[] {
  const { clustering, k, faces, fitted, inertia, iterations, converged, seconds, device, reason } = result;
  return [
    `${number(faces)} faces in ${k} clusters of ${number(result.smallest)} to ${number(result.largest)}${fitted < faces ? `, fitted on ${number(fitted)}` : ''}.`,
    `Inertia ${number(inertia)} after ${iterations} iterations${converged ? '' : ' (stopped at the limit)'}, ${seconds.toFixed(1)} s on ${device}. ${reason}`,
    `Stored as '${clustering}'. Score it: visage score PROJECT --clustering '${clustering}'`,
  ];
}

function listing(project: Project) {
  const features = new Map(project.featureSets().map(({ id, name }) => [id, name]));
  const clusterings = project.clusterings().map((one) => ({
    clustering: one.name,
    features: features.get(one.featureSet) ?? null,
    k: one.k,
    inertia: one.inertia,
    iterations: one.iterations,
    seconds: one.seconds,
    device: one.device,
    scores: project.scores(one.id).length,
    settings: one.settings,
  }));
  return {
    json: { clusterings },
    text:
      clusterings.length === 0
        ? ['No clustering was made yet: visage cluster PROJECT --features F --k N']
        : clusterings.map(
            ({ clustering, k, iterations, seconds, device, scores, settings: { assigned } }) =>
              `${clustering}  k = ${k}, ${assigned === 'classifier' ? 'by the classifier' : `${iterations} iterations`}, ${seconds.toFixed(1)} s on ${device}, ${scores === 0 ? 'not scored' : `scored ${scores}×`}`,
          ),
  };
}
