import type { Command as Commander } from 'commander';
import { parseCohortCode } from '../attributes/cohort.ts';
import { parseAttribute, parseValue } from '../attributes/words.ts';
import { parseFaceRanges } from '../foundation/face-ranges.ts';
import { UsageFault } from '../foundation/fault.ts';
import type { ProjectStore } from '../project/store.ts';
import type { Origin, Selection } from '../project/types.ts';

const collect = (word: string, words: string[] = []): string[] => [...words, word];

/** Adds the options by which every command picks faces; all that are given must hold. */
export function addSelectionOptions(command: Commander): Commander {
  return command
    .option('--source <name>', 'only faces of this source (may be given again)', collect)
    .option('--cohort <code>', 'only faces of this cohort, e.g. 11422 (may be given again)', collect)
    .option(
      '--where <attribute=value>',
      "only faces with this label, e.g. 'age=20-49' or 'race=unknown' (may be given again; values of one attribute add up)",
      collect,
    )
    .option('--faces <ids>', "only these faces, by id: '1-300,512'")
    .option('--trusted', 'only faces whose labels come from people, rules or data sets, not from models')
    .option(
      '--min-confidence <0…1>',
      'only faces whose labels are at least this sure (thesis: 0.5 for CelebA and IJB-C)',
    )
    .option('--min-quality <0…1>', "only faces whose pictures 'visage quality' gave at least this");
}

/** The selection that the options say. @throws UsageFault or Fault that names the option and what is allowed. */
export function selectionOf(project: ProjectStore, options: Readonly<Record<string, unknown>>): Selection {
  const words = (name: string): string[] => (options[name] as string[] | undefined) ?? [];
  const selection: Selection = {};
  if (words('source').length > 0) selection.sources = words('source').map((name) => project.source(name).id);
  if (words('cohort').length > 0) selection.cohorts = words('cohort').map(parseCohortCode);
  const values: (number[] | undefined)[] = [undefined, undefined, undefined, undefined, undefined];
  for (const condition of words('where')) {
    const at = condition.indexOf('=');
    if (at < 0) throw new UsageFault(`'--where ${condition}' has no '='; it reads like '--where age=20-49'.`);
    const attribute = parseAttribute(condition.slice(0, at));
    values[attribute] = [...(values[attribute] ?? []), parseValue(attribute, condition.slice(at + 1))];
  }
  if (values.some((allowed) => allowed !== undefined)) selection.values = values;
  if (typeof options.faces === 'string') selection.faces = parseFaceRanges(options.faces);
  if (options.trusted === true) selection.origins = ['human', 'rule', 'dataset'] satisfies Origin[];
  if (options.minConfidence !== undefined)
    selection.minConfidence = numberOption(options.minConfidence, '--min-confidence', 0, 1);
  if (options.minQuality !== undefined)
    selection.minQuality = numberOption(options.minQuality, '--min-quality', 0, 1);
  return selection;
}

/** A number option in [low, high]. @throws UsageFault */
export function numberOption(
  word: unknown,
  option: string,
  low = Number.NEGATIVE_INFINITY,
  high = Number.POSITIVE_INFINITY,
): number {
  const value = Number(word);
  if (typeof word !== 'string' || word.trim() === '' || !(value >= low && value <= high)) {
    throw new UsageFault(
      `'${option} ${word}' is not allowed: a number${low > Number.NEGATIVE_INFINITY ? ` from ${low}` : ''}${high < Number.POSITIVE_INFINITY ? ` to ${high}` : ''} is expected.`,
    );
  }
  return value;
}

/** A whole-number option of at least `low`. @throws UsageFault */
export function wholeOption(word: unknown, option: string, low = 0): number {
  if (typeof word !== 'string' || !/^-?\d{1,15}$/.test(word) || Number(word) < low) {
    throw new UsageFault(
      `'${option} ${word}' is not allowed: a whole number of at least ${low} is expected.`,
    );
  }
  return Number(word);
}

/** One of a list of words. @throws UsageFault that lists them */
export function wordOption<const Words extends readonly string[]>(
  word: unknown,
  option: string,
  allowed: Words,
): Words[number] {
  if (!allowed.includes(word as string)) {
    throw new UsageFault(`'${option} ${word}' is not allowed. Allowed: ${allowed.join(', ')}.`);
  }
  return word as Words[number];
}
