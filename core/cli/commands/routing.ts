import { startEngine } from '../../engine/client.ts';
import { UsageFault } from '../../foundation/fault.ts';
import { type RoutingResult, routingOf } from '../../jobs/routing.ts';
import { Project } from '../../project/project.ts';
import type { Command } from '../command.ts';
import { wholeOption } from '../selection.ts';

export const command: Command = {
  configure: (command) =>
    void command
      .argument('<project>', 'project folder, NAME.visage')
      .argument('<face>', 'number of the face')
      .option(
        '--features <F>',
        'routing vectors; may be left out where only one set is of that kind, or the clustering says it',
      )
      .option('--clustering <C>', "compare with the mean of this face's cluster as well")
      .addHelpText(
        'after',
        `
The weights of each group's experts sum to 1; equal weights would be 1 / experts.

Examples:
  visage routing faces.visage 17
  visage routing faces.visage 17 --features net:routing --clustering 'net:routing:k300:s0' --json`,
      ),

  async run([path, number], options, context) {
    const face = wholeOption(number, 'face', 1);
    const project = Project.open(path, { readOnly: true });
    const engine = startEngine();
    try {
      const features = chosenFeatures(project, options.features, options.clustering);
      const clustering = options.clustering as string | undefined;
      const result = await routingOf(project, engine, { features, face, clustering }, context);
      return { json: { ...result }, text: linesOf(result) };
    } finally {
      await engine.close();
      project.close();
    }
  },
};

function chosenFeatures(project: Project, given: unknown, clustering: unknown): string {
  if (typeof given === 'string') return given;
  const routing = project.featureSets().filter(({ kind }) => kind === 'routing');
  const names = routing.map(({ name }) => name);
  if (names.length === 1) return names[0];
  if (typeof clustering === 'string') {
    // A clustering of routing vectors says whose.
    const { featureSet } = project.clustering(clustering);
    const own = routing.find(({ id }) => id === featureSet);
    if (own !== undefined) return own.name;
  }
  throw new UsageFault(
    names.length === 0
      ? 'No feature set of this project holds routing vectors; extract some with visage embed.'
      : `'--features F' is missing. Routing vectors: ${names.map((name) => `'${name}'`).join(', ')}.`,
  );
}

const weights = (row: readonly number[]): string => row.map((weight) => weight.toFixed(3)).join(' ');

function linesOf({ face, faces, cluster, places }: RoutingResult): string[] {
  return [
    `Face ${face}, beside the mean of ${faces} faces${cluster ? ` and of the ${cluster.faces} faces of its cluster ${cluster.cluster}` : ''}:`,
    ...places.flatMap(({ name, groups }) =>
      groups.map(
        ({ group, face: own, all, cluster: near }) =>
          `${name}${groups.length > 1 ? ` group ${group}` : ''}:  ${weights(own)}  mean ${weights(all)}${near ? `  cluster ${weights(near)}` : ''}`,
      ),
    ),
  ];
}
