import { startEngine } from '../../engine/client.ts';
import { type PrelabelResult, prelabel } from '../../jobs/prelabel.ts';
import { Project } from '../../project/project.ts';
import type { Command } from '../command.ts';
import { deviceOf, deviceOption, engineOption } from '../devices.ts';
import { addSelectionOptions, numberOption, selectionOf } from '../selection.ts';

const SHOWN = 20;

const number = (value: number): string => value.toLocaleString('en-US');

function linesOf(result: PrelabelResult): string[] {
  const { faces, models, rejects, attributes, batches, facesPerSecond } = result;
  const lines: string[] = [];
  for (const [name, said] of Object.entries(models)) {
    const rest = [
      said.skipped > 0 ? `${number(said.skipped)} were labelled by it before` : '',
      said.belowConfidence > 0 ? `${number(said.belowConfidence)} labels were too unsure` : '',
      said.noneOfOurs > 0 ? `${number(said.noneOfOurs)} times it said none of the values` : '',
      said.rejected > 0 ? `${number(said.rejected)} could not be looked at` : '',
    ].filter((part) => part !== '');
    lines.push(
      `${name}: ${number(said.labels)} labels of ${number(said.faces)} faces${said.device === null ? '' : ` on ${said.device}`}${rest.length > 0 ? `; ${rest.join(', ')}` : ''}.${said.numbers === null ? '' : ` Numbers are in '${said.numbers}'.`}`,
    );
  }
  const counts = Object.entries(attributes).filter(([, count]) => count > 0);
  if (counts.length > 0) {
    lines.push(`Labels: ${counts.map(([name, count]) => `${name} ${number(count)}`).join(', ')}.`);
  }
  if (faces > 0) lines.push(`${number(faces)} faces, ${facesPerSecond.toFixed(0)} faces/s.`);
  else if (rejects.length === 0) {
    lines.push('Nothing to do: these models have labelled these faces already, or there are none.');
  }
  if (batches.length > 0) {
    lines.push(`Take back with: visage label PROJECT undo ${batches.join(', then ')}`);
  }
  for (const { path, model, reason } of rejects.slice(0, SHOWN))
    lines.push(`  ${path} (${model}): ${reason}`);
  if (rejects.length > SHOWN) lines.push(`  … and ${rejects.length - SHOWN} more (see --json).`);
  return lines;
}

export const command: Command = {
  configure: (command) =>
    void addSelectionOptions(
      command
        .argument('<project>', 'project folder, NAME.visage')
        .option('--model <M...>', 'only these models (default: all that say something of the attributes)')
        .option('--again', 'also faces that this very model has labelled already')
        .option('--at-least <0…1>', 'write only labels that are at least this sure', '0')
        .addOption(deviceOption())
        .addOption(engineOption()),
    ).addHelpText(
      'after',
      `
Labels of models never replace those of people, rules or data sets; all labels of one run are undone together.
A confidence is the probability that the value is right: of the class where the network gives one, else from the
error of its numbers (years, degrees) that the manifest states. 'landmark-pose' is no network: it reads pitch and yaw off the
68 landmarks by a mean face; it is used where no network of the project says yaw, or where it is named.

Examples:
  visage prelabel faces.visage
  visage prelabel faces.visage --model fsanet --again
  visage prelabel faces.visage --model landmark-pose
  visage prelabel faces.visage --model fairface --source CelebA --at-least 0.5 --json`,
    ),

  async run([path], options, context) {
    const { device, engine: by } = deviceOf(options);
    const input = {
      models: options.model as string[] | undefined,
      again: options.again === true,
      minConfidence: numberOption(options.atLeast, '--at-least', 0, 1),
      device,
    };
    const project = Project.open(path);
    const engine = startEngine({ engine: by });
    try {
      const selection = selectionOf(project, options);
      const result = await prelabel(project, engine, { ...input, selection }, context);
      return { json: { ...result }, text: linesOf(result) };
    } finally {
      await engine.close();
      project.close();
    }
  },
};
