import { startEngine } from '../../engine/client.ts';
import { UsageFault } from '../../foundation/fault.ts';
import { shapeText } from '../../graph/dimension.ts';
import { type GraphSummary, modelGraph } from '../../jobs/model-graph.ts';
import { saveManifest } from '../../jobs/model-manifest.ts';
import { type AddModelResult, addModel, listModels, type ModelTaps, modelTaps } from '../../jobs/models.ts';
import { readManifest } from '../../models/manifest.ts';
import { Project } from '../../project/project.ts';
import type { Command, CommandContext, Outcome } from '../command.ts';

const ACTIONS = ['add', 'list', 'taps', 'show', 'manifest'] as const;

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

function graphText({ file, inputs, outputs, nodes, operators, parameters, opset }: GraphSummary): string[] {
  const end = ({ name, type, shape }: GraphSummary['inputs'][number]): string =>
    `${name} (${type} ${shape === null ? 'of unknown rank' : shapeText(shape)})`;
  return [
    `${file}: ${nodes} nodes, ${parameters.toLocaleString('en-US')} parameters, opset ${opset}`,
    `  in:  ${inputs.map(end).join(', ')}`,
    `  out: ${outputs.map(end).join(', ')}`,
    `  operators: ${operators.map(({ name, count }) => `${name} ${count}`).join(', ')}`,
  ];
}

export const command: Command = {
  configure(command) {
    command
      .argument('<project>', 'the .visage folder')
      .argument('[action]', `${ACTIONS.join(', ')} (default: list)`)
      .argument('[names...]', 'add: ONNX files; taps, show: a model; manifest: a model and a file')
      .option('--name <name>', 'add: what the model is called in the project')
      .option('--manifest <file>', 'add: the manifest that says what the files are')
      .option('--trust', 'add: take files whose checksum is not the manifest’s')
      .option('--op <operator>', 'taps: only values of this operator, such as Conv')
      .addHelpText(
        'after',
        `
Files that are known by their content get their manifest by themselves; others get one from their graph, with every guess
listed. Several files make one model whose outputs are averaged. Networks that come with Visage are added by their names:
face-api-ssd and face-api-tiny-detector (faces), face-api-landmarks (68 points), face-api-recognition (embedding), age-gender.

Examples:
  visage models P.visage add face-api-recognition
  visage models P.visage add mobilefacenet_foamliu.onnx
  visage models P.visage add fsanet-1x1.onnx fsanet-var.onnx --name fsanet
  visage models P.visage add face.onnx --manifest face.json --trust
  visage models P.visage list --json
  visage models P.visage taps mobilefacenet --op Add
  visage models P.visage show mobilefacenet
  visage models P.visage manifest face corrected.json`,
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
    if (action === 'show') {
      if (names.length !== 1)
        throw new UsageFault("'visage models P.visage show' needs the name of one model.");
      const project = Project.open(path, { readOnly: true });
      try {
        const graphs = modelGraph(project, names[0]);
        return { json: { model: names[0], graphs }, text: graphs.flatMap(graphText) };
      } finally {
        project.close();
      }
    }
    if (action === 'manifest') {
      if (names.length !== 2)
        throw new UsageFault("'visage models P.visage manifest' needs the name of one model and a file.");
      const project = Project.open(path);
      try {
        const manifest = saveManifest(project, names[0], readManifest(names[1]));
        return { json: { model: names[0], manifest }, text: [`The manifest of '${names[0]}' was replaced.`] };
      } finally {
        project.close();
      }
    }
    throw new UsageFault(`'visage models' does not know '${action}'; allowed: ${ACTIONS.join(', ')}.`);
  },
};
