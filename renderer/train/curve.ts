import type { CurveColumns, WholeCurve } from '../../core/contract/procedures/training.ts';

/** Rows that a curve is asked for at most. */
export const MOST_ROWS = 2000;

const VALUES = [
  'loss',
  'accuracy',
  'clustering',
  'rate',
  'imagesPerSecond',
  'validation',
  'temperature',
] as const;
export type CurveValue = (typeof VALUES)[number];

/**
 * A curve with news of it at its end. What is known from the first new step on goes: the news overlap what the host had
 * written already, and a run that was taken up after a crash makes steps again.
 */
export function joined(curve: WholeCurve, news: CurveColumns): WholeCurve {
  if (news.steps.length === 0) return curve;
  let kept = curve.steps.length;
  while (kept > 0 && curve.steps[kept - 1] >= news.steps[0]) kept--;
  const append = (old: Float64Array, fresh: Float64Array): Float64Array => {
    const all = new Float64Array(kept + fresh.length);
    all.set(old.subarray(0, kept));
    all.set(fresh, kept);
    return all;
  };
  const steps = new Int32Array(kept + news.steps.length);
  steps.set(curve.steps.subarray(0, kept));
  steps.set(news.steps, kept);
  let spent = kept === 0 ? 0 : curve.seconds[kept - 1];
  const seconds = news.imagesPerSecond.map((rate) => {
    spent += curve.images / rate;
    return spent;
  });
  return {
    ...curve,
    steps,
    epochs: append(curve.epochs, news.epochs),
    seconds: append(curve.seconds, seconds),
    ...(Object.fromEntries(VALUES.map((name) => [name, append(curve[name], news[name])])) as Record<
      CurveValue,
      Float64Array
    >),
  };
}
