import { ATTRIBUTE_NAMES } from '../../attributes/attributes.ts';
import type { Pruning } from '../../attributes/heads/confident.ts';
import { UNCERTAINTY_MEASURES } from '../../attributes/queues/uncertainty.ts';
import { UsageFault } from '../../foundation/fault.ts';
import { QUEUES, queue } from '../../jobs/queue.ts';
import { Project } from '../../project/project.ts';
import type { Command } from '../command.ts';

const PRUNINGS = ['noise rate', 'class', 'both', 'confident joint'] as const satisfies readonly Pruning[];

/** One of some words; '-' may stand for a blank on the command line. */
function oneOf<T extends string>(given: unknown, allowed: readonly T[], option: string): T {
  const found = allowed.find((word) => word === given || word.replaceAll(' ', '-') === given);
  if (found === undefined) {
    const words = allowed.map((word) => word.replaceAll(' ', '-')).join(', ');
    throw new UsageFault(`'${String(given)}' is not possible for ${option}; allowed: ${words}.`);
  }
  return found;
}

function wholeOf(given: unknown, option: string): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (!Number.isInteger(value) || value < 1)
    throw new UsageFault(`'${String(given)}' is not possible for ${option}; allowed: whole numbers from 1.`);
  return value;
}

export const command: Command = {
  configure(commander) {
    commander
      .argument('<project>', 'the .visage folder')
      .requiredOption('--by <order>', QUEUES.join(', '))
      .option('--attribute <names...>', 'only these attributes (default: all)')
      .option('--features <names...>', 'take the heads on these features (default: the newest)')
      .option('--limit <n>', 'most entries', '100')
      .option('--measure <name>', 'uncertainty: least-confident, margin, entropy', 'least-confident')
      .option('--prune <name>', 'errors: noise-rate, class, both, confident-joint', 'noise-rate')
      .option('--target <n>', 'rarity: faces that each cohort should have')
      .addHelpText(
        'after',
        `
  uncertainty   faces without a trusted label that heads (or models) are least sure of
  disagreement  faces about which data sets, models and people say different things
  errors        trusted labels that confident learning suspects
  rarity        faces that are probably in the rarest cohorts and await a look

Examples:
  visage queue P.visage --by errors --attribute gender
  visage queue P.visage --by uncertainty --measure entropy --limit 20 --json
  visage queue P.visage --by rarity --target 200`,
      );
  },
  async run([path], options, context) {
    const attributes = (options.attribute as string[] | undefined)?.flatMap((text) => text.split(','));
    for (const name of attributes ?? []) oneOf(name, ATTRIBUTE_NAMES, '--attribute');
    const input = {
      by: oneOf(options.by, QUEUES, '--by'),
      attributes,
      features: options.features as string[] | undefined,
      limit: wholeOf(options.limit, '--limit'),
      measure: oneOf(options.measure, UNCERTAINTY_MEASURES, '--measure'),
      pruning: oneOf(options.prune, PRUNINGS, '--prune'),
      target: wholeOf(options.target, '--target'),
    };
    const project = Project.open(path, { readOnly: true });
    try {
      const result = await queue(project, input, { signal: context.signal, onProgress: context.onProgress });
      const lines = result.items.map(
        ({ face, path: file, attribute, current, suggested, score, why }) =>
          `${score.toFixed(3)}  ${face}  ${file}  ${attribute}: ${current ?? '—'} → ${suggested ?? '—'}  ${why}`,
      );
      const text = [
        ...result.notes,
        ...(lines.length > 0 ? lines : ['Nothing needs a look.']),
        ...(result.total > lines.length ? [`${lines.length} of ${result.total} are shown (--limit).`] : []),
      ];
      return { json: { ...result }, text };
    } finally {
      project.close();
    }
  },
};
