import type { TrainingRun } from '../../core/contract/procedures/training.ts';
import { commandWords, type FormValues, inputOf, type JobForm } from '../jobs/forms.ts';

/** A recipe to begin with, at one scale: fields of the form. */
export interface Preset {
  name: string;
  title: string;
  about: string;
  /** Name of the preset whose trained network it starts from. */
  start: string | null;
  recipes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What a form begins with under a preset: its own words, and defaults for the rest. */
export function presetValues(form: JobForm, recipe: Readonly<Record<string, unknown>>): FormValues {
  const values: FormValues = {};
  for (const { name, initial, kind } of form.fields) {
    const given = recipe[name];
    const value = given ?? initial;
    if (value !== undefined) values[name] = kind.type === 'numbers' ? [value].flat().join(', ') : value;
  }
  return values;
}

/** Fields that say something of the run's numbers; its name and place are nobody's preset. */
const OWN = new Set(['name', 'start', 'device', 'add']);

const empty = (value: unknown): boolean => value === undefined || value === null || value === '';
const same = (a: unknown, b: unknown): boolean =>
  (empty(a) && empty(b)) || (!empty(a) && !empty(b) && String(a) === String(b));

/** Names of the fields that a user changed from a preset. */
export const changedFields = (form: JobForm, values: FormValues, preset: FormValues): Set<string> =>
  new Set(
    form.fields.map(({ name }) => name).filter((name) => !OWN.has(name) && !same(values[name], preset[name])),
  );

/** A name for a run that no other has: the preset's, its seed, and a number where that is taken. */
export function freeName(preset: string, seed: unknown, taken: ReadonlySet<string>): string {
  const words = preset.replaceAll(/=/g, '').replaceAll(/[^\w.]+/g, '-');
  const base = `${words}-s${empty(seed) ? 1 : seed}`;
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}

/** Where the faces come from. */
export type DataChoice =
  | { kind: 'project'; selection: object; words: readonly string[] | null }
  | { kind: 'folder'; path: string };

/** The job's input. */
export function trainInput(
  form: JobForm,
  values: FormValues,
  name: string,
  data: DataChoice,
): Record<string, unknown> {
  const input = inputOf(form, { ...values, name }, data.kind === 'project' ? data.selection : {});
  return data.kind === 'folder' ? { ...input, folder: data.path } : input;
}

/** Words of the command that does the same; null where no command line can name the faces. */
export function trainWords(
  form: JobForm,
  values: FormValues,
  name: string,
  data: DataChoice,
  project: string,
): string[] | null {
  if (data.kind === 'project') {
    if (data.words === null) return null;
    return commandWords(form, { ...values, name }, project, data.words);
  }
  // The command adds networks to the project that it trains on only.
  return commandWords(form, { ...values, name, add: false }, data.path, ['--runs', `${project}/runs`]);
}

/** Done runs whose network a recipe can start from: the same architecture, width, input and embedding. */
export function startingRuns(runs: readonly TrainingRun[], values: FormValues): TrainingRun[] {
  // What is left empty is the network's usual number of numbers per face.
  const usual = values.network === 'mobilefacenet' ? 128 : 512;
  const given = { ...values, embedding: values.embedding || usual };
  const wanted = (['network', 'width', 'size', 'embedding'] as const).map((name) =>
    String((given as FormValues)[name]),
  );
  return runs.filter(({ recipe, files }) => {
    const network = (recipe.network ?? {}) as Record<string, unknown>;
    const own = ['name', 'width', 'size', 'embedding'].map((name) => String(network[name]));
    return files !== null && own.join() === wanted.join();
  });
}
