import { noun } from '../../core/contract/noun.ts';
import type { JobShown } from '../../core/contract/procedures/jobs.ts';
import type { TrainingRun } from '../../core/contract/procedures/training.ts';
import { spanOf } from '../jobs/job-line.ts';

const count = (n: number): string => n.toLocaleString('en-US');
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
export const lossText = (loss: number): string => (loss >= 100 ? loss.toFixed(1) : loss.toFixed(3));
export const rateText = (rate: number): string => (rate >= 10 ? count(Math.round(rate)) : rate.toFixed(1));

type Words = Readonly<Record<string, unknown>>;
const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Words | undefined)?.[key], value);

export const epochsOf = ({ recipe }: Pick<TrainingRun, 'recipe'>): number =>
  Number(at(recipe, 'train', 'epochs') ?? 0);

/** λ of the clusters' loss, 0 without clusters. */
export const clusterWeightOf = ({ recipe }: Pick<TrainingRun, 'recipe'>): number =>
  Number(at(recipe, 'train', 'clustering', 'weight') ?? 0);

/** 'dc, width 0.25, 32 px · cosface · 300 clusters · seed 1' */
export function recipeLine({ recipe }: Pick<TrainingRun, 'recipe'>): string {
  const clusters = at(recipe, 'train', 'clustering', 'prototypes');
  return [
    `${at(recipe, 'network', 'name')}, width ${at(recipe, 'network', 'width')}, ${at(recipe, 'network', 'size')} px`,
    at(recipe, 'train', 'loss', 'kind'),
    ...(clusters === undefined ? [] : [`${clusters} clusters`]),
    `seed ${at(recipe, 'train', 'seed')}`,
  ].join(' · ');
}

/** '3,000 pictures of 300 identities' */
export function dataLine({ data }: Pick<TrainingRun, 'data'>): string {
  const from = data.from.replace(/[/\\]+$/, '').replace(/^.*[/\\]/, '');
  if (data.used === null || data.classes === null) return `${noun(data.faces, 'face')} of ${from}`;
  const held = data.validation === null ? '' : `, ${count(data.validation.identities)} held out`;
  return `${noun(data.used, 'picture')} of ${noun(data.classes, 'identity', 'identities')}${held}, ${from}`;
}

export const stateOf = (state: TrainingRun['state'] | 'waiting' | 'starting'): string =>
  ({
    ...{ waiting: 'waiting', starting: 'starting', running: 'running', done: 'done', stopped: 'stopped' },
    ...{ failed: 'ended with a problem', interrupted: 'interrupted' },
  })[state];

/** Line under a run's name in the list. */
export function runLine(run: TrainingRun): string {
  const { state, accuracy, loss, epoch } = run;
  const so = epoch === epochsOf(run) ? '' : ` at ${Number(epoch.toFixed(1))} of ${epochsOf(run)} epochs`;
  const figures = loss === null || accuracy === null ? '' : ` · loss ${lossText(loss)}, ${percent(accuracy)}`;
  return `${stateOf(state)}${state === 'done' ? '' : so}${figures}`;
}

/** Named figures of a run: how far it is, and how it does. */
export function runFigures(run: TrainingRun): [string, string][] {
  const { loss, accuracy, validation, imagesPerSecond, seconds, epoch, step, device } = run;
  const figures: [string, string][] = [
    ['epochs', `${Number(epoch.toFixed(2))} of ${epochsOf(run)}`],
    ['steps', count(step)],
  ];
  if (loss !== null) figures.push(['loss', lossText(loss)]);
  if (accuracy !== null) figures.push(['accuracy', percent(accuracy)]);
  if (validation !== null) figures.push(['validation', percent(validation)]);
  if (imagesPerSecond !== null) figures.push(['images/s', rateText(imagesPerSecond)]);
  if (seconds !== null && seconds > 0) figures.push(['training time', spanOf(seconds)]);
  if (device !== null) figures.push(['device', device]);
  return figures;
}

/** Name of the run that a training job makes or goes on with; '' where its input does not say. */
export const jobRun = ({ input }: Pick<JobShown, 'input'>): string =>
  String(input.resume ?? input.name ?? '');
