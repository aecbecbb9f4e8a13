import { startEngine } from '../../engine/client.ts';
import { UsageFault } from '../../foundation/fault.ts';
import { shapeText } from '../../graph/dimension.ts';
import { type AddModelResult, addModel, listModels, type ModelTaps, modelTaps } from '../../jobs/models.ts';
import { Project } from '../../project/project.ts';
import type { Command, CommandContext, Outcome } from '../command.ts';

const ACTIONS = ['add', 'list', 'taps'] as const;

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

async function add(
  path: string,
  files: readonly string[],
  options: Readonly<Record<string, unknown>>,
  context: CommandContext,
): Promise<Outcome> {
  if (files.length === 0) throw new UsageFault("'visage models P.visage add' needs at least one FILE.");
  const project = Project.open(path);
  const engine = startEngine();
  try {
    const result = await addModel(
      project,
      engine,
      { files, name: text(options.name), manifest: text(options.manifest), trust: options.trust === true },
      context,
    );
    return { json: { ...result }, text: addedText(result) };
  } finally {
    await engine.close();
    project.close();
  }
}

function addedText(result: AddModelResult): string[] {
  const state = result.verified ? 'checksum verified' : 'checksum not verified';
  return [
    `Added '${result.model}' (${result.task}${result.trained ? '' : ', untrained'}; ${result.files.join(', ')}; ${state}).`,
    result.batchReason,
    ...(result.taps.length > 0 ? [`Taps: ${result.taps.join(', ')}.`] : []),
    ...result.remarks,
    `Manifest: ${result.manifest}`,
  ];
}

function tapsText({ model, taps, suggested, values }: ModelTaps): string[] {
  const line = (tap: ModelTaps['taps'][number]): string =>
    `  ${tap.name}: ${tap.values.join(' + ')} (pool ${tap.pool}, normalise ${tap.normalise}, ${tap.kind})`;
  const width = Math.max(...values.map(({ value }) => value.length));
  return [
    `Taps of '${model}' by its manifest:${taps.length === 0 ? ' none' : ''}`,
    ...taps.map(line),
    'Worth tapping, from the graph:',
    ...suggested.map(line),
    `${values.length} values:`,
    ...values.map(
      ({ value, op, shape, role }) =>
        `  ${value.padEnd(width)}  ${op.padEnd(20)} ${shapeText(shape)}${role === null ? '' : `  ← ${role}`}`,
    ),
  ];
}

export const command: Command = {
  configure(command) {
    command
      .argument('<project>', 'the .visage folder')
      .argument('[action]', `${ACTIONS.join(', ')} (default: list)`)
      .argument('[names...]', 'add: ONNX files; taps: a model')
      .option('--name <name>', 'add: what the model is called in the project')
      .option('--manifest <file>', 'add: the manifest that says what the files are')
      .option('--trust', 'add: take files whose checksum is not the manifest’s')
      .option('--op <operator>', 'taps: only values of this operator, such as Conv')
      .addHelpText(
        'after',
        `
Files that are known by their content get their manifest by themselves; others get one from their graph, with every guess
listed. Several files make one model whose outputs are averaged. The folder of face-api.js's
age_gender_model-weights_manifest.json becomes an ONNX graph.

Examples:
  visage models P.visage add mobilefacenet_foamliu.onnx
  visage models P.visage add fsanet-1x1.onnx fsanet-var.onnx --name fsanet
  visage models P.visage add face.onnx --manifest face.json --trust
  visage models P.visage list --json
  visage models P.visage taps mobilefacenet --op Add`,
      );
  },

  async run([path, action = 'list', ...names], options, context) {
    if (action === 'add') return add(path, names, options, context);
    if (action === 'list') {
      if (names.length > 0) throw new UsageFault(`'visage models P.visage list' takes no '${names[0]}'.`);
      const project = Project.open(path, { readOnly: true });
      try {
        const models = listModels(project);
        const lines = models.map(
          ({ name, task, trained, description, hash }) =>
            `${name}  ${task}${trained ? '' : ' (untrained)'}  ${hash.slice(0, 12)}  ${description}`,
        );
        return {
          json: { models },
          text:
            lines.length > 0
              ? lines
              : ['The project has no models; add one with: visage models P.visage add FILE'],
        };
      } finally {
        project.close();
      }
    }
    if (action === 'taps') {
      if (names.length !== 1)
        throw new UsageFault("'visage models P.visage taps' needs the name of one model.");
      const project = Project.open(path, { readOnly: true });
      try {
        const result = modelTaps(project, names[0], text(options.op));
        return { json: { ...result }, text: tapsText(result) };
      } finally {
        project.close();
      }
    }
    throw new UsageFault(`'visage models' does not know '${action}'; allowed: ${ACTIONS.join(', ')}.`);
  },
};
