import { startEngine } from '../../engine/client.ts';
import { UsageFault } from '../../foundation/fault.ts';
import {
  evaluateGroups,
  GROUP_NEIGHBOURS,
  type GroupEvaluation,
  type GroupResult,
  group,
} from '../../jobs/group.ts';
import { Project } from '../../project/project.ts';
import type { Command } from '../command.ts';
import { deviceOf, deviceOption, engineOption } from '../devices.ts';
import { addSelectionOptions, numberOption, selectionOf, wholeOption } from '../selection.ts';

/** Judged where no threshold is named: 0, 0.025 … 0.975. */
const SWEEP = Array.from({ length: 40 }, (_, i) => i / 40);

export const command: Command = {
  configure: (command) =>
    void addSelectionOptions(
      command
        .argument('<project>', 'project folder, NAME.visage')
        .option('--features <F>', 'feature set in which faces are compared (an embedding)')
        .option('--threshold <T>', 'least cosine similarity of two faces that are joined, -1 to 1')
        .option('--neighbours <N>', 'nearest others that can be mates of a face', String(GROUP_NEIGHBOURS))
        .option('--evaluate', 'judge groups beside the known identities, at one threshold or many')
        .option('--limit <N>', 'most groups to list', '20')
        .addOption(deviceOption())
        .addOption(engineOption()),
    ).addHelpText(
      'after',
      `
Two faces are joined where each is among the nearest of the other and their cosine similarity reaches the threshold;
groups are what hangs together. Nothing is written. The threshold depends on the embedding: --evaluate shows B-cubed
precision, recall and F at many, on faces whose persons are known.

Examples:
  visage group lfw.visage --features face-api-recognition:embedding --evaluate
  visage group photos.visage --features mobilefacenet:embedding --threshold 0.5`,
    ),

  async run([path], options, context) {
    if (typeof options.features !== 'string')
      throw new UsageFault("'--features F' is missing: the feature set in which faces are compared.");
    const evaluate = options.evaluate === true;
    const threshold =
      options.threshold === undefined ? undefined : numberOption(options.threshold, '--threshold', -1, 1);
    if (threshold === undefined && !evaluate) {
      throw new UsageFault(
        "'--threshold T' is missing: the least cosine similarity of two faces that are joined. 'visage group PROJECT --features F --evaluate' shows which suits the embedding, on faces whose persons are known.",
      );
    }
    const neighbours = wholeOption(options.neighbours, '--neighbours', 1);
    const limit = wholeOption(options.limit, '--limit');
    const { device, engine: by } = deviceOf(options);
    const project = Project.open(path, { readOnly: true });
    const engine = startEngine({ engine: by });
    try {
      const input = {
        features: options.features,
        neighbours,
        device,
        selection: selectionOf(project, options),
      };
      if (evaluate) {
        const thresholds = threshold === undefined ? SWEEP : [threshold];
        const result = await evaluateGroups(project, engine, input, thresholds, context);
        return { json: { ...result }, text: figuresText(result) };
      }
      const result = await group(project, engine, { ...input, threshold: threshold as number }, context);
      return { json: { ...result }, text: groupsText(result, limit) };
    } finally {
      await engine.close();
      project.close();
    }
  },
};

function groupsText({ faces, groups, alone, device, seconds }: GroupResult, limit: number): string[] {
  const shown = groups.slice(0, limit);
  return [
    `${faces} faces: ${groups.length} groups of ${faces - alone} faces; ${alone} faces stay alone (${seconds.toFixed(1)} s on ${device}).`,
    ...shown.map((members, i) => {
      const first = members.slice(0, 8).join(', ');
      return `${String(i + 1).padStart(4)}  ${members.length} faces: ${first}${members.length > 8 ? ', …' : ''}`;
    }),
    ...(shown.length < groups.length
      ? [`${shown.length} of ${groups.length} groups are shown (--limit).`]
      : []),
  ];
}

function figuresText({ known, identities, figures, best }: GroupEvaluation): string[] {
  const share = (value: number): string => value.toFixed(4);
  return [
    `${known} faces of ${identities} known identities.`,
    'threshold  precision  recall  F       groups  alone',
    ...figures.map(
      ({ threshold, precision, recall, f, groups, alone }) =>
        `${threshold.toFixed(3).padEnd(9)}  ${share(precision)}     ${share(recall)}  ${share(f)}  ${String(groups).padEnd(6)}  ${alone}`,
    ),
    `Greatest F: ${share(best.f)} at ${best.threshold}.`,
  ];
}
