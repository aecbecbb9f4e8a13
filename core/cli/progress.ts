import type { OnProgress, Progress } from '../foundation/progress.ts';

/** '3 s', '4 min 10 s', '2 h 5 min' */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** One line for a progress report: stage, count, rate, remaining time, device. */
export function progressLine(progress: Progress, elapsedSeconds: number): string {
  const { stage, done, total, unit, device } = progress;
  const rate = elapsedSeconds > 0 ? done / elapsedSeconds : 0;
  const parts = [
    total === undefined
      ? `${stage}: ${count(done)} ${unit}`
      : `${stage}: ${count(done)} of ${count(total)} ${unit}`,
  ];
  if (rate > 0) parts.push(`${rate >= 10 ? count(rate) : rate.toPrecision(2)} ${unit}/s`);
  if (rate > 0 && total !== undefined && done < total) parts.push(`${duration((total - done) / rate)} left`);
  if (device !== undefined) parts.push(device);
  return parts.join(' · ');
}

export interface ProgressOutput {
  write(text: string): unknown;
  columns?: number;
}

/**
 * Shows progress on a terminal as one line that is rewritten, elsewhere as a line every second. A new stage starts
 * its own clock, so that rate and remaining time are of that stage.
 */
export function progressPrinter(
  output: ProgressOutput,
  rewrite: boolean,
  now: () => number = () => performance.now(),
): { onProgress: OnProgress; end(): void } {
  let stage: string | undefined;
  let begun = 0;
  let begunAt = 0;
  let shown = Number.NEGATIVE_INFINITY;
  let open = false;
  const interval = rewrite ? 100 : 1000;
  const end = (): void => {
    if (open) output.write('\n');
    open = false;
  };
  return {
    end,
    onProgress(progress) {
      const time = now();
      if (progress.note !== undefined) {
        end();
        output.write(`${progress.note}\n`);
      }
      if (progress.stage !== stage) {
        end();
        stage = progress.stage;
        begun = time;
        begunAt = progress.done;
        shown = Number.NEGATIVE_INFINITY;
      }
      const finished = progress.total !== undefined && progress.done >= progress.total;
      if (time - shown < interval && !finished) return;
      shown = time;
      const elapsed = (time - begun) / 1000;
      // What was already done when the stage was first seen (a resumed job) does not count towards the rate.
      const line = progressLine(
        { ...progress, done: progress.done },
        progress.done > begunAt ? (elapsed * progress.done) / (progress.done - begunAt) : 0,
      );
      if (rewrite) {
        output.write(`\r\x1b[2K${line.slice(0, (output.columns ?? 120) - 1)}`);
        open = true;
      } else {
        output.write(`${line}\n`);
      }
    },
  };
}
