import { METRICS } from '../../clusters/kmeans/settings.ts';
import { METHODS } from '../../clusters/projections/settings.ts';
import { startEngine } from '../../engine/client.ts';
import { UsageFault } from '../../foundation/fault.ts';
import { type MapInput, type MapResult, map } from '../../jobs/map.ts';
import { Project } from '../../project/project.ts';
import type { Command } from '../command.ts';
import { deviceOf, deviceOption, engineOption } from '../devices.ts';
import { addSelectionOptions, numberOption, selectionOf, wholeOption, wordOption } from '../selection.ts';

export const command: Command = {
  configure: (command) =>
    void addSelectionOptions(
      command
        .argument('<project>', 'project folder, NAME.visage')
        .option('--features <F>', 'feature set to map')
        .option('--method <name>', METHODS.join(', '), 'tsne')
        .option('--seed <S>', 'the same seed gives the same map (t-SNE, UMAP)')
        .option('--perplexity <P>', 't-SNE: about how many faces count as near (30)')
        .option('--iterations <N>', 't-SNE: iterations (1000)')
        .option('--learning-rate <R>', "t-SNE: a number or 'auto'")
        .option('--neighbours <N>', 'UMAP: faces that count as near, the face itself included (15)')
        .option('--min-distance <D>', 'UMAP: how close points may come (0.1)')
        .option('--epochs <N>', 'UMAP: epochs (500 up to 10,000 faces, else 200)')
        .option('--init <how>', "t-SNE and UMAP start from 'pca' or 'random'")
        .option('--metric <name>', METRICS.join(' or '), 'euclidean')
        .option('--name <name>', 'name of the map; an old one of this name is replaced')
        .addOption(deviceOption('neighbours and PCA'))
        .addOption(engineOption())
        .option('--list', 'list the maps of the project'),
    ).addHelpText(
      'after',
      `
t-SNE is Barnes–Hut with scikit-learn's defaults; its result depends on the seed only where it starts at random, and
never on the number of threads. Neighbours are exact: their time grows with the square of the faces.

Examples:
  visage map faces.visage --features mobilefacenet:embedding
  visage map faces.visage --features net:routing --method umap --neighbours 30 --metric cosine --seed 3
  visage map faces.visage --features net:pooled --method pca --source FairFace --json
  visage map faces.visage --list`,
    ),

  async run([path], options, context) {
    if (options.list === true) {
      const project = Project.open(path, { readOnly: true });
      try {
        return listing(project);
      } finally {
        project.close();
      }
    }
    if (typeof options.features !== 'string') {
      throw new UsageFault("'--features F' is missing: the feature set to map (see visage embed).");
    }
    const input = inputOf(options.features, options);
    const { engine: by } = deviceOf(options);
    const project = Project.open(path);
    const engine = startEngine({ engine: by });
    try {
      const selection = selectionOf(project, options);
      const result = await map(project, engine, { ...input, selection }, context);
      return { json: { ...result }, text: linesOf(result) };
    } finally {
      await engine.close();
      project.close();
    }
  },
};

function inputOf(features: string, options: Readonly<Record<string, unknown>>): MapInput {
  const taken = <T>(key: string, read: (word: unknown) => T): T | undefined =>
    options[key] === undefined ? undefined : read(options[key]);
  return {
    features,
    method: wordOption(options.method, '--method', METHODS),
    metric: wordOption(options.metric, '--metric', METRICS),
    seed: taken('seed', (word) => wholeOption(word, '--seed')),
    init: taken('init', (word) => wordOption(word, '--init', ['pca', 'random'] as const)),
    perplexity: taken('perplexity', (word) => numberOption(word, '--perplexity', 1)),
    iterations: taken('iterations', (word) => wholeOption(word, '--iterations', 1)),
    learningRate: taken('learningRate', (word) =>
      word === 'auto' ? 'auto' : numberOption(word, '--learning-rate', Number.MIN_VALUE),
    ),
    neighbours: taken('neighbours', (word) => wholeOption(word, '--neighbours', 2)),
    minDistance: taken('minDistance', (word) => numberOption(word, '--min-distance', 0)),
    epochs: taken('epochs', (word) => wholeOption(word, '--epochs', 1)),
    name: options.name as string | undefined,
    device: deviceOf(options).device,
  };
}

function linesOf(result: MapResult): string[] {
  const { projection, method, faces, seconds, device, reason, explained, divergence } = result;
  const quality = explained
    ? `; x and y explain ${explained.map((share) => `${(100 * share).toFixed(1)} %`).join(' and ')} of the variance`
    : divergence !== null
      ? `; divergence ${divergence.toFixed(3)}`
      : '';
  return [
    `${faces.toLocaleString('en-US')} faces mapped by ${method} in ${seconds.toFixed(1)} s on ${device}${quality}. ${reason}`,
    `Stored as '${projection}'.`,
  ];
}

function listing(project: Project) {
  const features = new Map(project.featureSets().map(({ id, name }) => [id, name]));
  const projections = project.projections().map(({ name, featureSet, method, settings, seconds }) => ({
    projection: name,
    features: features.get(featureSet) ?? null,
    method,
    seconds,
    settings,
  }));
  return {
    json: { projections },
    text:
      projections.length === 0
        ? ['No map was made yet: visage map PROJECT --features F --method tsne|umap|pca']
        : projections.map(
            ({ projection, method, seconds }) => `${projection}  ${method}, ${seconds.toFixed(1)} s`,
          ),
  };
}
