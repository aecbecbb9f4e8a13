import { startEngine } from '../../engine/client.ts';
import { type QualityResult, quality } from '../../jobs/quality.ts';
import { Project } from '../../project/project.ts';
import type { Command } from '../command.ts';
import { addSelectionOptions, selectionOf } from '../selection.ts';

const SHOWN = 20;

const number = (value: number): string => value.toLocaleString('en-US');

function linesOf({ faces, skipped, quartiles, rejects, facesPerSecond }: QualityResult): string[] {
  const lines: string[] = [];
  if (quartiles !== null) {
    const [least, low, middle, high, most] = quartiles.map((value) => value.toFixed(2));
    lines.push(
      `${number(faces)} faces judged, ${facesPerSecond.toFixed(0)} faces/s. Quality: half of them between ${low} and ${high}, median ${middle}, from ${least} to ${most}.`,
    );
  }
  if (skipped > 0) lines.push(`${number(skipped)} were judged before (--again judges them anew).`);
  if (faces + skipped + rejects.length === 0) lines.push('There are no faces to judge.');
  if (rejects.length > 0) lines.push(`${number(rejects.length)} could not be judged:`);
  for (const { path, reason } of rejects.slice(0, SHOWN)) lines.push(`  ${path}: ${reason}`);
  if (rejects.length > SHOWN) lines.push(`  … and ${number(rejects.length - SHOWN)} more (see --json).`);
  return lines;
}

export const command: Command = {
  configure: (command) =>
    void addSelectionOptions(
      command
        .argument('<project>', 'project folder, NAME.visage')
        .option('--again', 'also faces that were judged already'),
    ).addHelpText(
      'after',
      `
Gives every face whose five points are known a figure from 0 (useless) to 1: the product of size (beside the 112 × 112 of
recognition networks), sharpness, pose (from 68 landmarks), the detector's score, and how well the landmarks fit a face
(where they do not, something covers it). What is not known of a face takes nothing away. A figure goes when the face
is found anew or its picture becomes another. --min-quality then picks faces in every command (export … --min-quality 0.4).

Examples:
  visage quality faces.visage
  visage quality faces.visage --source LFW --again`,
    ),

  async run([path], options, context) {
    const project = Project.open(path);
    const engine = startEngine();
    try {
      const selection = selectionOf(project, options);
      const result = await quality(project, engine, { selection, again: options.again === true }, context);
      return { json: { ...result }, text: linesOf(result) };
    } finally {
      await engine.close();
      project.close();
    }
  },
};
