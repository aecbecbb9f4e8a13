import type { JobShown } from '../../core/contract/procedures/jobs.ts';
import type { TrainingRun, WholeCurve } from '../../core/contract/procedures/training.ts';
import { figuresOf } from '../jobs/job-line.ts';
import { epochsOf, lossText, percent, rateText } from './figures.ts';

/** Rows at a curve's end that what is going on is read off. */
const ROWS = 20;

function recent(values: Float64Array): number {
  const last = values.subarray(-ROWS);
  return last.reduce((sum, value) => sum + value, 0) / last.length;
}

/** Figures of a run that is training: how far, how well, how fast, how long still, and where. */
export function liveFigures(
  run: TrainingRun,
  job: Pick<JobShown, 'progress' | 'device'> | undefined,
  curve: WholeCurve | undefined,
): [string, string][] {
  const known = new Map(job ? figuresOf(job) : []);
  const stage = known.get('stage');
  const figures: [string, string][] = [];
  if (stage !== undefined && stage !== 'Training') figures.push(['now', stage]);
  if (curve !== undefined && curve.steps.length > 0) {
    const last = curve.steps.length - 1;
    const judged = curve.validation.findLast((value) => !Number.isNaN(value));
    figures.push(
      ['epochs', `${curve.epochs[last].toFixed(2)} of ${epochsOf(run)}`],
      ['steps', known.get('steps') ?? curve.steps[last].toLocaleString('en-US')],
      ['loss', lossText(recent(curve.loss))],
      ['accuracy', percent(recent(curve.accuracy))],
      ...(judged === undefined ? [] : [['validation', percent(judged)] as [string, string]]),
      ['images/s', rateText(recent(curve.imagesPerSecond))],
    );
  }
  for (const name of ['pictures', 'remaining', 'device']) {
    const value = known.get(name);
    if (value !== undefined) figures.push([name, value]);
  }
  return figures;
}
