import { startEngine } from '../../engine/client.ts';
import { UsageFault } from '../../foundation/fault.ts';
import { type EmbedResult, embed } from '../../jobs/embed.ts';
import { Project } from '../../project/project.ts';
import type { Command } from '../command.ts';
import { deviceOf, deviceOption, engineOption } from '../devices.ts';
import { addSelectionOptions, numberOption, selectionOf } from '../selection.ts';

const SHOWN = 20;

const count = (value: number, noun: string): string =>
  `${value.toLocaleString('en-US')} ${noun}${value === 1 ? '' : 's'}`;

function linesOf(result: EmbedResult): string[] {
  const names = [result.features].flat();
  const sizes = [result.dimensions].flat();
  const sets = names.map((name, i) => `'${name}' (${sizes[i]} numbers per face)`).join(', ');
  const lines: string[] = [];
  if (result.embedded > 0) {
    lines.push(
      `${count(result.embedded, 'face')} embedded, ${result.facesPerSecond.toFixed(0)} faces/s on ${result.device}. ${result.reason}`,
      `${result.batchReason} Faces per run: ${result.batch}.`,
    );
  } else if (result.skipped > 0)
    lines.push('Nothing to do: every face that can be read has its features already.');
  else lines.push('No face of this selection could be embedded.');
  if (result.skipped > 0 && result.embedded > 0)
    lines.push(`${count(result.skipped, 'face')} had theirs already.`);
  if (result.faces > 0) lines.push(`Features: ${sets}; ${count(result.faces, 'face')} of the selection.`);
  if (result.rejected > 0) lines.push(`${count(result.rejected, 'face')} could not be embedded:`);
  for (const { path, reason } of result.rejects.slice(0, SHOWN)) lines.push(`  ${path}: ${reason}`);
  if (result.rejected > SHOWN) lines.push(`  … and ${result.rejected - SHOWN} more (see --json).`);
  return lines;
}

export const command: Command = {
  configure: (command) =>
    void addSelectionOptions(
      command
        .argument('<project>', 'project folder, NAME.visage')
        .requiredOption('--model <name>', 'model of the project (visage models P.visage list)')
        .option(
          '--taps <a,b>',
          "taps, or values of the graph; default: the tap 'embedding', else its outputs",
        )
        .addOption(deviceOption())
        .addOption(engineOption())
        .option('--batch <N>', 'faces per run (default: chosen by device)')
        .option('--flip', 'add the features of the mirrored face, as verification protocols do')
        .option('--name <name>', "features are called NAME:tap (default: the model's name)"),
    ).addHelpText(
      'after',
      `
Each tap becomes a feature set MODEL:tap in vectors/, which numpy.load can map. Finished batches are kept when it is
stopped; started again, it goes on with the faces that are left. A network whose alignment needs five points wants
'visage detect' first.

Examples:
  visage embed faces.visage --model mobilefacenet
  visage embed faces.visage --model mobilefacenet --taps embedding,pooled --device cpu
  visage embed faces.visage --model arcface-r50 --flip --source LFW --json`,
    ),

  async run([path], options, context) {
    const given = (name: string): string | undefined => options[name] as string | undefined;
    const batch = given('batch') === undefined ? undefined : numberOption(given('batch'), '--batch', 1, 4096);
    if (batch !== undefined && !Number.isInteger(batch)) {
      throw new UsageFault(`'--batch ${batch}' is not allowed: a whole number is expected.`);
    }
    const taps = given('taps')
      ?.split(',')
      .map((tap) => tap.trim())
      .filter((tap) => tap !== '');
    if (taps?.length === 0) throw new UsageFault("'--taps' names no tap.");
    const { device, engine: by } = deviceOf(options);
    const input = {
      ...{ model: String(options.model), taps, batch, name: given('name') },
      ...{ flip: options.flip === true, device },
    };
    const project = Project.open(path);
    const engine = startEngine({ engine: by });
    try {
      const selection = selectionOf(project, options);
      const result = await embed(project, engine, { ...input, selection }, context);
      return { json: { ...result }, text: linesOf(result) };
    } finally {
      await engine.close();
      project.close();
    }
  },
};
