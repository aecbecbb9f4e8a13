import { METHODS } from '../../clusters/projections/settings.ts';
import { startEngine } from '../../engine/client.ts';
import { UsageFault } from '../../foundation/fault.ts';
import { map } from '../../jobs/map.ts';
import { Project } from '../../project/project.ts';
import type { Command } from '../command.ts';
import { DEVICES } from '../devices.ts';
import { addSelectionOptions, numberOption, selectionOf, wholeOption, wordOption } from '../selection.ts';

export const command: Command = {
  configure: (command) =>
    void addSelectionOptions(
      command
        .argument('<project>', 'project folder, NAME.visage')
        .option('--features <F>', 'the feature set to map')
        .option('--method <name>', METHODS.join(', '), 'tsne')
        .option('--seed <S>', 'the same seed gives the same map', '0')
        .option('--perplexity <P>', 't-SNE: neighbours that count, roughly (default 30)')
        .option('--iterations <N>', 't-SNE: steps (default 1000)')
        .option('--neighbours <N>', 'UMAP: neighbours of a face (default 15)')
        .option('--min-distance <D>', 'UMAP: how close points may lie (default 0.1)')
        .option('--metric <name>', 'euclidean or cosine', 'euclidean')
        .option('--name <name>', 'name of the map')
        .option('--device <D>', DEVICES.join(', '), 'auto')
        .option('--list', 'list the maps that are there'),
    ).addHelpText(
      'after',
      `
Examples:
  visage map faces.visage --features mobilefacenet:embedding --method tsne
  visage map faces.visage --features condface-demo:routing --method umap --neighbours 30
  visage map faces.visage --list`,
    ),

  async run([path], options, { signal, onProgress, say }) {
    if (options.list === true) return list(path);
    if (typeof options.features !== 'string')
      throw new UsageFault("'--features F' is missing: the feature set to map.");
    const method = wordOption(options.method, '--method', METHODS);
    const metric = wordOption(options.metric, '--metric', ['euclidean', 'cosine'] as const);
    const project = Project.open(path);
    const engine = startEngine();
    try {
      const result = await map(
        project,
        engine,
        {
          features: options.features,
          method,
          metric,
          seed: wholeOption(options.seed, '--seed'),
          ...(options.perplexity !== undefined && {
            perplexity: numberOption(options.perplexity, '--perplexity', 1),
          }),
          ...(options.iterations !== undefined && {
            iterations: wholeOption(options.iterations, '--iterations', 1),
          }),
          ...(options.neighbours !== undefined && {
            neighbours: wholeOption(options.neighbours, '--neighbours', 2),
          }),
          ...(options.minDistance !== undefined && {
            minDistance: numberOption(options.minDistance, '--min-distance', 0),
          }),
          ...(typeof options.name === 'string' && { name: options.name }),
          device: wordOption(options.device, '--device', DEVICES),
          selection: selectionOf(project, options),
        },
        { signal, onProgress },
      );
      say(result.reason);
      return {
        json: { ...result },
        text: [
          `'${result.projection}': ${result.faces.toLocaleString('en-US')} faces mapped by ${result.method} in ${result.seconds.toFixed(1)} s on ${result.device}.`,
          ...(result.explained
            ? [
                `The axes explain ${result.explained.map((share) => `${(100 * share).toFixed(1)} %`).join(' and ')} of the variance.`,
              ]
            : []),
          ...(result.divergence === null
            ? []
            : [`Kullback–Leibler divergence ${result.divergence.toFixed(3)}.`]),
        ],
      };
    } finally {
      project.close();
      await engine.close();
    }
  },
};

function list(path: string): Awaited<ReturnType<Command['run']>> {
  const project = Project.open(path, { readOnly: true });
  try {
    const sets = new Map(project.featureSets().map(({ id, name }) => [id, name]));
    const projections = project.projections().map(({ name, featureSet, method, seconds, settings }) => ({
      projection: name,
      features: sets.get(featureSet) ?? null,
      method,
      seconds,
      settings,
    }));
    return {
      json: { projections },
      text:
        projections.length === 0
          ? ['There are no maps yet.']
          : projections.map(
              ({ projection, features, method }) => `${projection}  (${method} of ${features})`,
            ),
    };
  } finally {
    project.close();
  }
}
