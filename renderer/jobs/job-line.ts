import type { JobShown } from '../../core/contract/procedures/jobs.ts';

type Progress = NonNullable<JobShown['progress']>;

/** '45 s', '3 min 20 s', '1 h 5 min' */
export function spanOf(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

const count = (n: number): string => Math.round(n).toLocaleString('en-US');

/** Per second since the stage began, without what was done before; 0 while it is too early to say. */
const rateOf = ({ done, from, seconds }: Progress): number => (seconds > 0.5 ? (done - from) / seconds : 0);

const rateText = (rate: number, unit: string): string =>
  `${rate >= 10 ? count(rate) : rate.toPrecision(2)} ${unit}/s`;

/** How far a job is, 0 … 1; undefined while that is unknown. */
export const shareOf = (progress: JobShown['progress']): number | undefined =>
  progress?.total ? Math.min(1, progress.done / progress.total) : undefined;

/** A running job in one line: stage, count, rate, remaining time, device. */
export function jobLine(job: Pick<JobShown, 'kind' | 'state' | 'progress'>): string {
  const { progress } = job;
  if (!progress) return job.state === 'waiting' ? `${job.kind}: waiting` : job.kind;
  const { stage, done, total, unit, device } = progress;
  const rate = rateOf(progress);
  const parts = [
    total === undefined
      ? `${stage}: ${count(done)} ${unit}`
      : `${stage}: ${count(done)} of ${count(total)} ${unit}`,
  ];
  if (rate > 0) parts.push(rateText(rate, unit));
  if (rate > 0 && total !== undefined && done < total) parts.push(`${spanOf((total - done) / rate)} left`);
  if (device) parts.push(device);
  return parts.join(' · ');
}

/** The same as named figures. */
export function figuresOf({ progress, device }: Pick<JobShown, 'progress' | 'device'>): [string, string][] {
  if (!progress) return [['stage', 'starting']];
  const { stage, done, total, unit } = progress;
  const rate = rateOf(progress);
  const figures: [string, string][] = [
    ['stage', stage],
    [unit, total === undefined ? count(done) : `${count(done)} of ${count(total)}`],
  ];
  if (rate > 0) figures.push(['rate', rateText(rate, unit)]);
  if (rate > 0 && total !== undefined && done < total)
    figures.push(['remaining', spanOf((total - done) / rate)]);
  const where = progress.device ?? device;
  if (where) figures.push(['device', where]);
  return figures;
}

/** A job's state as people say it. */
export const stateWords = (state: JobShown['state']): string =>
  state === 'interrupted' ? 'interrupted: Visage ended while it ran' : state;
