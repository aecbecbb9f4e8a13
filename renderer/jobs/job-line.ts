import type { JobShown } from '../../core/contract/procedures/jobs.ts';

/** '45 s', '3 min 20 s', '1 h 5 min' */
export function spanOf(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A running job in one line: stage, count, rate, remaining time, device. */
export function jobLine(job: Pick<JobShown, 'kind' | 'state' | 'progress'>): string {
  const { progress } = job;
  if (!progress) return job.state === 'waiting' ? `${job.kind}: waiting` : job.kind;
  const { stage, done, total, unit, seconds, from, device } = progress;
  const count = (n: number): string => Math.round(n).toLocaleString('en-US');
  const rate = seconds > 0.5 ? (done - from) / seconds : 0;
  const parts = [
    total === undefined
      ? `${stage}: ${count(done)} ${unit}`
      : `${stage}: ${count(done)} of ${count(total)} ${unit}`,
  ];
  if (rate > 0) parts.push(`${rate >= 10 ? count(rate) : rate.toPrecision(2)} ${unit}/s`);
  if (rate > 0 && total !== undefined && done < total) parts.push(`${spanOf((total - done) / rate)} left`);
  if (device) parts.push(device);
  return parts.join(' · ');
}
