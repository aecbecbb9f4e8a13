import type { TrainingRun, WholeCurve } from '../../core/contract/procedures/training.ts';
import { csvLine } from '../charts/csv.ts';
import { spanOf } from '../jobs/job-line.ts';
import { epochsOf, lossText, percent, rateText } from './figures.ts';

/** A line of the table: what is compared, and a cell per run. */
export interface CompareRow {
  title: string;
  cells: string[];
}

/** What recipes call things, in the words of the form. */
const WORDS: Readonly<Record<string, string>> = {
  'network.name': 'network',
  'network.width': 'width',
  'network.size': 'input size',
  'network.embedding': 'numbers per face',
  'network.temperature': 'routing temperature',
  'train.loss.kind': 'loss',
  'train.loss.scale': 'scale',
  'train.loss.margin': 'margin',
  'train.clustering': 'clusters',
  'train.clustering.prototypes': 'clusters',
  'train.clustering.labels': 'cluster labels',
  'train.clustering.head': 'head of clusters',
  'train.clustering.weight': 'weight of clusters',
  'train.accumulate': 'batches per step',
  'train.schedule.rate': 'learning rate',
  'train.schedule.decay.kind': 'schedule',
  'train.schedule.decay.epochs': 'drops at epochs',
  'train.schedule.warmUp.epochs': 'warm-up',
  'train.optimiser.kind': 'optimiser',
  'train.optimiser.weightDecay': 'weight decay',
  least: 'fewest pictures',
  'validation.hold': 'held out',
  'validation.seed': 'held-out seed',
};

/** Both seeds of a recipe are one. */
const SAME = new Set(['network.seed']);

const CLUSTERING_DETAIL = new Set(
  ['weight', 'temperature', 'epsilon', 'iterations', 'frozen', 'unit'].map(
    (name) => `train.clustering.${name}`,
  ),
);

function flat(value: unknown, path: string, into: Map<string, string>): Map<string, string> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value)) flat(inner, path === '' ? key : `${path}.${key}`, into);
  } else if (value !== null && value !== undefined && !SAME.has(path))
    into.set(path, [value].flat().join(', '));
  return into;
}

const title = (path: string): string => WORDS[path] ?? path.replace(/^train\./, '').replaceAll('.', ' ');
const NONE = '–';

/** Settings that are not the same in all runs; data and first weights too. */
export function differing(runs: readonly TrainingRun[]): CompareRow[] {
  const recipes = runs.map(({ recipe }) => flat(recipe, '', new Map()));
  const paths = [...new Set(recipes.flatMap((recipe) => [...recipe.keys()]))];
  // Where one has no clusters at all, that the others have some says enough.
  const without = recipes.some((recipe) => !recipe.has('train.clustering.prototypes'));
  const told = paths.filter((path) => !(without && CLUSTERING_DETAIL.has(path)));
  const rows = told.map((path) => ({
    title: title(path),
    cells: recipes.map((recipe) => recipe.get(path) ?? NONE),
  }));
  const start = runs.map(({ input }) =>
    String(input?.start ?? '')
      .replace(/^.*[/\\]runs[/\\]/, '')
      .replace(/[/\\]network\.onnx$/, ''),
  );
  rows.push({ title: 'starts from', cells: start.map((name) => name || NONE) });
  rows.push({
    title: 'faces',
    cells: runs.map(({ data }) => `${data.from.replace(/^.*[/\\](?=.)/, '')}, list ${data.hash.slice(0, 8)}`),
  });
  return rows.filter(({ cells }) => new Set(cells).size > 1);
}

const VALIDATION = 'validation on people held out';

/** How the runs ended, or stand. */
export function endFigures(runs: readonly TrainingRun[]): CompareRow[] {
  const row = (name: string, of: (run: TrainingRun) => string): CompareRow => ({
    title: name,
    cells: runs.map(of),
  });
  const or = (value: number | null, text: (value: number) => string): string =>
    value === null ? NONE : text(value);
  const rows = [
    row('loss of the last epoch', ({ loss }) => or(loss, lossText)),
    row('accuracy of the last epoch', ({ accuracy }) => or(accuracy, percent)),
    row(VALIDATION, ({ validation }) => or(validation, percent)),
    row('epochs', (run) => `${Number(run.epoch.toFixed(2))} of ${epochsOf(run)}`),
    row('steps', ({ step }) => step.toLocaleString('en-US')),
    row('pictures', ({ data }) => or(data.used, (n) => n.toLocaleString('en-US'))),
    row('identities', ({ data }) => or(data.classes, (n) => n.toLocaleString('en-US'))),
    row('parameters', ({ network }) => `${(network.parameters / 1e6).toFixed(2)} M`),
    row('images/s', ({ imagesPerSecond }) => or(imagesPerSecond, rateText)),
    row('training time', ({ seconds }) => or(seconds, spanOf)),
    row('device', ({ device }) => device ?? NONE),
  ];
  return rows.filter(({ title: name, cells }) => name !== VALIDATION || cells.some((cell) => cell !== NONE));
}

const COLUMNS = [
  'loss',
  'accuracy',
  'validation',
  'clustering',
  'rate',
  'imagesPerSecond',
  'temperature',
] as const;

/** Curves as csv: a line per run and step. What a step does not have is empty. */
export function curvesCsv(curves: readonly { name: string; curve: WholeCurve }[]): string {
  const head = [
    'run',
    'step',
    'epoch',
    'seconds',
    'loss',
    'accuracy',
    'validation',
    'clustering loss',
    'learning rate',
    'images/s',
    'routing temperature',
  ];
  const lines = curves.flatMap(({ name, curve }) =>
    Array.from(curve.steps, (step, i) => [
      ...[name, step, curve.epochs[i], curve.seconds[i]],
      ...COLUMNS.map((column) => (Number.isNaN(curve[column][i]) ? null : curve[column][i])),
    ]),
  );
  return [head, ...lines].map(csvLine).join('');
}

/** The recipe of a run in full, as lines. */
export const recipeRows = ({ recipe }: Pick<TrainingRun, 'recipe'>): [string, string][] =>
  [...flat(recipe, '', new Map())].map(([path, value]) => [title(path), value]);

/** The table of compared runs. */
export const comparedCsv = (runs: readonly TrainingRun[], rows: readonly CompareRow[]): string =>
  [['', ...runs.map(({ name }) => name)], ...rows.map(({ title: name, cells }) => [name, ...cells])]
    .map(csvLine)
    .join('');
