import { ATTRIBUTE_NAMES } from '../../attributes/attributes.ts';
import type { HeadSettings } from '../../attributes/heads/fit.ts';
import { UsageFault } from '../../foundation/fault.ts';
import type { AppliedHead } from '../../jobs/heads/apply.ts';
import {
  type AttributeReport,
  type AttributeSkipped,
  HEAD_ACTIONS,
  type HeadAction,
  type HeadsInput,
  type HeadsResult,
  heads,
} from '../../jobs/heads.ts';
import { Project } from '../../project/project.ts';
import type { Command } from '../command.ts';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function numberOf(options: Readonly<Record<string, unknown>>, key: string, name: string): number | undefined {
  const text = options[key];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (String(text).trim() === '' || Number.isNaN(value))
    throw new UsageFault(`'${String(text)}' is no number for ${name}.`);
  return value;
}

function attributeNames(given: unknown): string[] | undefined {
  const names = (given as string[] | undefined)?.flatMap((text) => text.split(','));
  for (const name of names ?? []) {
    if (!ATTRIBUTE_NAMES.some((known) => known === name))
      throw new UsageFault(`'${name}' is no attribute; allowed: ${ATTRIBUTE_NAMES.join(', ')}.`);
  }
  return names;
}

function trainedLines(result: HeadsResult): string[] {
  const lines: string[] = [];
  for (const name of ATTRIBUTE_NAMES) {
    const report = result[name] as AttributeReport | AttributeSkipped | undefined;
    if (report === undefined) continue;
    if (report.accuracy === null) {
      lines.push(`${name}: no head. ${(report as AttributeSkipped).reason}`);
      continue;
    }
    const {
      accuracy,
      balancedAccuracy,
      baseline,
      faces,
      folds,
      groups,
      calibrationError,
      values,
      perClass,
      absent,
    } = report as AttributeReport;
    const kept = groups > 0 ? `, ${groups} people each kept in one fold` : '';
    lines.push(
      `${name}: ${percent(accuracy)} right, balanced ${percent(balancedAccuracy)} (majority alone ${percent(baseline.accuracy)}); ${faces} faces, ${folds} folds${kept}; calibration error ${calibrationError.before.toFixed(3)} → ${calibrationError.after.toFixed(3)}`,
      ...perClass.map(
        ({ faces: count, recall }, c) => `    ${values[c]}: ${percent(recall)} of ${count} recognised`,
      ),
      ...absent.map(({ reason }) => `    never said: ${reason}`),
    );
  }
  if (result.model) lines.push(`Stored as '${result.model.name}' (${result.model.hash.slice(0, 12)}).`);
  return lines;
}

function appliedLines(result: HeadsResult): string[] {
  const lines: string[] = [];
  for (const name of ATTRIBUTE_NAMES) {
    const head = result[name] as AppliedHead | undefined;
    if (head === undefined) continue;
    const mean = head.confidence === null ? '' : `, mean confidence ${head.confidence.toFixed(2)}`;
    const left = [
      head.unchanged > 0 ? `${head.unchanged} said before` : '',
      head.belowConfidence > 0 ? `${head.belowConfidence} below the least confidence` : '',
      head.trusted > 0 ? `${head.trusted} have a trusted label` : '',
    ].filter((text) => text !== '');
    lines.push(
      `${name}: ${head.labelled} faces labelled${mean}${left.length > 0 ? ` (${left.join(', ')})` : ''}`,
    );
  }
  const batches = result.batches as number[];
  if (batches.length > 0) lines.push(`Take back with: visage label PROJECT undo ${batches.join(', then ')}`);
  return lines;
}

export const command: Command = {
  configure(commander) {
    commander
      .argument('<project>', 'the .visage folder')
      .argument('[action]', `${HEAD_ACTIONS.join(', ')} (default: train)`)
      .requiredOption('--features <names...>', 'feature sets; several are put side by side')
      .option('--attribute <names...>', 'only these attributes (default: all that can be learnt)')
      .option('--folds <n>', 'folds of the cross-validation', '5')
      .option('--minimum <n>', 'fewest trusted faces of a value that is learnt', '10')
      .option('--strength <C>', "inverse penalty (scikit-learn's C) or 'auto'", 'auto')
      .option('--balanced', 'weigh every value alike, however frequent')
      .option('--no-normalise', 'do not divide features by their norm')
      .option('--no-standardise', 'do not centre and scale features')
      .option('--seed <n>', 'seed of the folds', '0')
      .option('--min-confidence <p>', 'apply: least calibrated confidence that is written', '0')
      .option('--all', 'apply: also say something about faces with a trusted label')
      .addHelpText(
        'after',
        `
Trusted labels (of people, rules and data sets) teach; labels of models never do. A person's faces stay in one fold.

Examples:
  visage heads P.visage --features mobilefacenet:embedding
  visage heads P.visage evaluate --features mobilefacenet:embedding mobilefacenet:pooled --attribute race --json
  visage heads P.visage apply --features mobilefacenet:embedding --min-confidence 0.5`,
      );
  },
  async run([path, word = 'train'], options, context) {
    const action = HEAD_ACTIONS.find((known) => known === word) as HeadAction | undefined;
    if (action === undefined)
      throw new UsageFault(`'${word}' is no action; allowed: ${HEAD_ACTIONS.join(', ')}.`);
    const strength: HeadSettings['strength'] =
      options.strength === 'auto' ? 'auto' : (numberOf(options, 'strength', '--strength') ?? 'auto');
    const input: HeadsInput = {
      features: options.features as string[],
      action,
      attributes: attributeNames(options.attribute),
      settings: {
        folds: numberOf(options, 'folds', '--folds') ?? 5,
        seed: numberOf(options, 'seed', '--seed') ?? 0,
        strength,
        balanced: options.balanced === true,
        normalise: options.normalise !== false,
        standardise: options.standardise !== false,
      },
      minimum: numberOf(options, 'minimum', '--minimum'),
      minConfidence: numberOf(options, 'minConfidence', '--min-confidence'),
      all: options.all === true,
    };
    const project = Project.open(path, { readOnly: action === 'evaluate' });
    try {
      const result = await heads(project, input, { signal: context.signal, onProgress: context.onProgress });
      return { json: result, text: action === 'apply' ? appliedLines(result) : trainedLines(result) };
    } finally {
      project.close();
    }
  },
};
