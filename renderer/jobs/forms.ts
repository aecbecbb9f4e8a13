import { CONVERT_FORM } from './convert-form.ts';
import { EVALUATE_FORM } from './evaluate-form.ts';
import { again, choice, device, type Field, type JobForm, name, seed, share, type When } from './fields.ts';
import { TRAIN_FORM } from './train-form.ts';

export type { Field, FieldKind, JobForm } from './fields.ts';

export const JOB_FORMS: readonly JobForm[] = [
  {
    kind: 'prepare',
    title: 'Prepare',
    says: 'From pictures to labels, clusters and a map in one go. Only what is new is done; networks that come with Visage are taken where the project has none.',
    selectable: false,
    fields: [
      { name: 'detector', title: 'Detector', kind: { type: 'model', of: ['detector'] }, more: true },
      { name: 'landmarks', title: 'Landmarks', kind: { type: 'model', of: ['landmarks'] }, more: true },
      {
        ...{ name: 'embedding', title: 'Embedding', kind: { type: 'model', of: ['embedding'] } },
        help: "The project's own where it has one, else the network that comes with Visage.",
      },
      {
        ...{ name: 'k', title: 'Clusters', kind: { type: 'number', low: 2, whole: true } },
        help: 'One for ten faces, at most 30, where it is empty.',
      },
      {
        ...{ name: 'oneFace', title: 'One face per picture', kind: { type: 'flag' } },
        help: 'In plain folders of photographs every face becomes a face of its own; with this only the largest.',
      },
      device,
    ],
  },
  {
    kind: 'detect',
    title: 'Find faces',
    says: 'Finds box, five points and landmarks of every face. Networks that align faces need them.',
    selectable: true,
    fields: [
      {
        ...{ name: 'model', title: 'Detector', kind: { type: 'model', of: ['detector'] } },
        help: "The project's only one where none is chosen.",
      },
      { name: 'landmarks', title: 'Landmarks', kind: { type: 'model', of: ['landmarks'] }, more: true },
      again('Also faces whose points are known already.'),
      {
        ...{ name: 'all', title: 'All faces', kind: { type: 'flag' } },
        help: "Add a picture's other faces as faces of their own.",
      },
      {
        ...{ name: 'fallback', title: 'Not found', kind: choice('none', 'centre'), initial: 'none' },
        ...{ help: "What a face that is not found gets: nothing, or its picture's centre.", more: true },
      },
      share('minScore', 'Least score', '--min-score', 'Weaker detections are dropped.'),
      device,
    ],
  },
  {
    kind: 'prelabel',
    title: 'Pre-label',
    says: 'Lets models say age, gender, race and pose. Their labels never replace those of people or data sets.',
    selectable: true,
    fields: [
      {
        ...{ name: 'models', title: 'Models', option: '--model' },
        kind: { type: 'models', of: ['pose', 'age-gender', 'fairface', 'attribute'] },
        help: 'All that say something of the attributes where none is chosen.',
      },
      again('Also faces that this very model has labelled already.'),
      share('minConfidence', 'Least confidence', '--at-least', 'Labels that are less sure are not written.'),
      device,
    ],
  },
  {
    kind: 'embed',
    title: 'Embed',
    says: 'Extracts embeddings, pooled layers or routing vectors: what clusters, maps and nearest faces are made of.',
    selectable: true,
    fields: [
      {
        ...{ name: 'model', title: 'Model', required: true },
        kind: { type: 'model', of: ['embedding', 'other'] },
      },
      {
        ...{ name: 'taps', title: 'Taps', kind: { type: 'taps' } },
        help: "The embedding, or else the network's outputs, where none is chosen.",
      },
      {
        ...{ name: 'flip', title: 'Mirrored too', kind: { type: 'flag' } },
        help: 'Add the features of the mirrored face, as verification protocols do.',
      },
      {
        ...{ name: 'batch', title: 'Faces per run', more: true },
        kind: { type: 'number', low: 1, high: 4096, whole: true },
        help: 'Chosen by device where it is empty.',
      },
      name,
      device,
    ],
  },
  {
    kind: 'heads',
    title: 'Attribute heads',
    says: 'Learns the attributes from trusted labels on features, cross-validated; applied, they pre-label the rest.',
    selectable: false,
    fields: [
      {
        ...{ name: 'action', title: 'Do', initial: 'train', required: true, option: null },
        kind: {
          type: 'choice',
          of: [
            { value: 'train', title: 'train and keep' },
            { value: 'evaluate', title: 'evaluate only' },
            { value: 'apply', title: 'apply the kept heads' },
          ],
        },
      },
      {
        ...{ name: 'features', title: 'Features', required: true, kind: { type: 'features-list' } },
        help: 'Several are put side by side.',
      },
      {
        ...{ name: 'attributes', title: 'Attributes', option: '--attribute', kind: { type: 'attributes' } },
        help: 'All that can be learnt where none is chosen.',
      },
      share(
        'minConfidence',
        'Least confidence',
        '--min-confidence',
        'For applying: less sure labels are left.',
      ),
      {
        ...{ name: 'minimum', title: 'Fewest faces', more: true },
        kind: { type: 'number', low: 1, whole: true },
        help: 'Trusted faces that a value needs to be learnt: 10.',
      },
    ],
  },
  {
    kind: 'cluster',
    title: 'Cluster',
    says: 'Runs k-means over a feature set. Score it afterwards to see what its clusters agree with.',
    selectable: true,
    fields: [
      { name: 'features', title: 'Features', required: true, kind: { type: 'features' } },
      {
        ...{ name: 'k', title: 'Clusters', required: true, initial: 30 },
        kind: { type: 'number', low: 1, whole: true },
        help: 'The thesis takes 30, 300 and 1000.',
      },
      seed,
      {
        ...{ name: 'metric', title: 'Distance', kind: choice('euclidean', 'cosine'), initial: 'euclidean' },
        more: true,
      },
      {
        ...{ name: 'restarts', title: 'Runs', more: true, initial: 1 },
        kind: { type: 'number', low: 1, whole: true },
        help: 'The best of so many is kept.',
      },
      name,
      device,
    ],
  },
  {
    ...{ kind: 'classify', command: 'cluster', title: "Clusters of a network's own classifier" },
    says: 'A network that was trained with clusters assigns them itself: each face goes to its greatest score.',
    selectable: true,
    fields: [
      {
        ...{ name: 'scores', title: 'Scores', option: '--by-classifier', required: true },
        kind: { type: 'features', tap: 'clusters' },
        help: "The tap 'clusters' of such a network, embedded before.",
      },
      {
        ...{ name: 'features', title: 'Features', more: true, kind: { type: 'features' } },
        help: "What the clusters are of; left empty, the same network's routing vectors.",
      },
      name,
    ],
  },
  {
    kind: 'score',
    title: 'Score a clustering',
    says: 'Purity and AMI against the current labels, with the level that chance alone would give.',
    selectable: false,
    fields: [
      { name: 'clustering', title: 'Clustering', required: true, kind: { type: 'clustering' } },
      {
        ...{ name: 'source', title: 'Source', kind: { type: 'source' } },
        help: 'Only faces of this source, as Table 5.1 has a column per data set.',
      },
      { ...seed, more: true },
    ],
  },
  {
    kind: 'map',
    title: 'Map',
    says: 'Projects a feature set to two dimensions, for the Map view.',
    selectable: true,
    fields: [
      { name: 'features', title: 'Features', required: true, kind: { type: 'features' } },
      {
        ...{ name: 'method', title: 'Method', required: true, initial: 'tsne' },
        kind: {
          type: 'choice',
          of: [
            { value: 'tsne', title: 't-SNE' },
            { value: 'umap', title: 'UMAP' },
            { value: 'pca', title: 'PCA' },
          ],
        },
      },
      { ...seed, initial: undefined, more: true },
      {
        ...{ name: 'metric', title: 'Distance', kind: choice('euclidean', 'cosine'), initial: 'euclidean' },
        more: true,
      },
      name,
      device,
    ],
  },
  TRAIN_FORM,
  EVALUATE_FORM,
  CONVERT_FORM,
];

export type FormValues = Record<string, unknown>;

const holds = (when: When | undefined, values: FormValues): boolean =>
  when === undefined || values[when.field] === when.is;

/** The fields that count with these values. */
export const fieldsOf = (form: JobForm, values: FormValues): Field[] =>
  form.fields.filter(({ when }) => holds(when, values));

export const isSelectable = ({ selectable }: JobForm, values: FormValues): boolean =>
  typeof selectable === 'boolean' ? selectable : holds(selectable, values);

/** One set of values per job: a field that starts a job each is split up. */
export function runsOf(form: JobForm, values: FormValues): FormValues[] {
  const split = form.fields.find(({ kind }) => kind.type === 'models' && kind.each === true);
  const chosen = split === undefined ? undefined : values[split.name];
  if (split === undefined || !Array.isArray(chosen)) return [values];
  return chosen.map((one: unknown) => ({ ...values, [split.name]: one }));
}

/** What a form begins with. */
export const initialValues = (form: JobForm): FormValues =>
  Object.fromEntries(
    form.fields.flatMap(({ name: field, initial }) => (initial === undefined ? [] : [[field, initial]])),
  );

const isEmptyValue = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === false ||
  (Array.isArray(value) && value.length === 0);

/** A sentence for every field that keeps the job from being started. */
export function problemsOf(form: JobForm, values: FormValues): string[] {
  const problems: string[] = [];
  for (const { name: field, title, kind, required } of fieldsOf(form, values)) {
    const value = values[field];
    if (kind.type === 'numbers') problems.push(...numbersProblems(title, String(value ?? ''), kind.low));
    if (isEmptyValue(value)) {
      if (required) problems.push(`'${title}' is missing.`);
      continue;
    }
    if (kind.type !== 'number') continue;
    const { low, high, whole } = kind;
    const number = Number(value);
    if (!Number.isFinite(number) || (whole && !Number.isInteger(number)))
      problems.push(`'${title}' is ${value}; ${whole ? 'a whole number' : 'a number'} is expected.`);
    else if ((low !== undefined && number < low) || (high !== undefined && number > high))
      problems.push(
        `'${title}' is ${value}; allowed: ${high === undefined ? `at least ${low}` : `${low} to ${high}`}.`,
      );
  }
  return problems;
}

/** '16, 20' as numbers; NaN where a word is none. */
const numbersOf = (text: string): number[] =>
  text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(Number);

const numbersProblems = (title: string, text: string, low = Number.NEGATIVE_INFINITY): string[] =>
  numbersOf(text).every((number) => number >= low)
    ? []
    : [`'${title}' is '${text}'; numbers from ${low} are expected, with commas between them.`];

/** The job's input: fields that are empty are left out. */
export function inputOf(form: JobForm, values: FormValues, selection: object = {}): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const { name: field, kind } of fieldsOf(form, values)) {
    const value = values[field];
    if (kind.type === 'flag' && kind.off) {
      if (value === false) input[field] = false;
    } else if (isEmptyValue(value)) continue;
    else if (kind.type === 'numbers') input[field] = numbersOf(String(value));
    else input[field] = kind.type === 'number' ? Number(value) : value;
  }
  if (isSelectable(form, values) && Object.keys(selection).length > 0) input.selection = selection;
  return input;
}

const optionName = (field: string): string =>
  `--${field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Words after 'visage' that do the same; `selection`: the words of the faces. */
export function commandWords(
  form: JobForm,
  values: FormValues,
  project: string,
  selection: readonly string[] = [],
): string[] {
  const how = form.project ?? 'word';
  const words = [form.command ?? form.kind];
  if (how !== 'none') words.push(...(how === 'option' ? ['--project'] : []), project);
  for (const { name: field, kind, initial, option, required, words: said } of fieldsOf(form, values)) {
    const value = values[field];
    if (kind.type === 'flag' && kind.off) {
      if (value === false) words.push(optionName(`no-${field}`));
      continue;
    }
    if (isEmptyValue(value)) continue;
    if (said !== undefined) {
      words.push(...said(value));
      continue;
    }
    if (option === null) {
      words.push(String(value));
      continue;
    }
    if (!required && value === initial) continue;
    words.push(option ?? optionName(field));
    if (kind.type === 'numbers') words.push(numbersOf(String(value)).join(','));
    else if (kind.type === 'taps') words.push((value as string[]).join(','));
    else if (Array.isArray(value)) words.push(...value.map(String));
    else if (value !== true) words.push(String(value));
  }
  return [...words, ...selection];
}
