import { expect, test } from 'vitest';
import { joined } from '../../../renderer/train/curve.ts';
import { curveCharts, type Drawn, timeUnit } from '../../../renderer/train/curve-charts.ts';
import { smoothed } from '../../../renderer/train/smoothing.ts';
import { curveOf } from './runs.ts';

test('news go on where the curve ends, and take the place of what they say again', () => {
  const curve = curveOf([1, 2, 3, 4], (step) => step);
  const longer = joined(
    curve,
    curveOf([5, 6], (step) => -step),
  );
  expect([...longer.steps]).toEqual([1, 2, 3, 4, 5, 6]);
  expect([...longer.loss]).toEqual([1, 2, 3, 4, -5, -6]);
  expect([...longer.seconds]).toEqual([0.5, 1, 1.5, 2, 2.5, 3]);
  // Taken up after a crash at step 2: steps 3 and 4 are made again.
  const again = joined(
    longer,
    curveOf([3, 4], () => 9),
  );
  expect([...again.steps]).toEqual([1, 2, 3, 4]);
  expect([...again.loss]).toEqual([1, 2, 9, 9]);
  expect([...again.seconds]).toEqual([0.5, 1, 1.5, 2]);
  expect(
    joined(
      again,
      curveOf([], () => 0),
    ),
  ).toBe(again);
  expect([
    ...joined(
      curveOf([], () => 0),
      curveOf([1], () => 7),
    ).seconds,
  ]).toEqual([0.5]);
  // A row that stands for several steps goes as a whole when its last one is said again.
  expect([
    ...joined(
      curveOf([3, 6], () => 1),
      curveOf([6, 7], () => 2),
    ).steps,
  ]).toEqual([3, 6, 7]);
});

test('smoothing is the recursive filter of SciPy, its beginning set right', () => {
  // x = [3, 1, 4, 1, 5, 9]; scipy.signal.lfilter([0.4], [1, -0.6], x) / (1 - 0.6 ** np.arange(1, 7))
  const expected = [3.0, 1.75, 2.897959183673, 2.025735294118, 3.315752949341, 5.700725026853];
  for (const [i, value] of smoothed([3, 1, 4, 1, 5, 9], 0.6).entries())
    expect(value).toBeCloseTo(expected[i], 10);
  expect([...smoothed([3, 1, 4], 0)]).toEqual([3, 1, 4]);
  expect([...smoothed(new Array(9).fill(0.1), 0.6)]).toEqual(new Array(9).fill(0.1));
});

test('a value that is not there is left out of the smoothing', () => {
  // The same filter over [3, 1, 1, 5].
  const values = smoothed([3, 1, Number.NaN, 1, 5], 0.6);
  expect(values[2]).toBeNaN();
  expect(values[3]).toBeCloseTo(1.367346938776, 10);
  expect(values[4]).toBeCloseTo(3.036764705882, 10);
});

const drawn = (name: string, more: Partial<Drawn> = {}): Drawn => ({
  ...{ name, color: '#0072b2', dash: 'solid', clusterWeight: 0 },
  curve: curveOf([1, 2, 3], (step) => 10 / step),
  ...more,
});
const settings = { axis: 'steps', smoothing: 0, log: false } as const;

test('every run is a line in every chart that it has a curve for', () => {
  const clustered = drawn('b', {
    clusterWeight: 0.5,
    curve: { ...curveOf([1, 2], () => 3), clustering: Float64Array.of(2, 1) },
  });
  const charts = curveCharts([drawn('a'), clustered], settings);
  expect(charts.map(({ id, data }) => [id, data.map(({ name }) => name)])).toEqual([
    ['loss', ['a', 'b']],
    ['identities', ['b']],
    ['clusters', ['b']],
    ['accuracy', ['a', 'b']],
    ['rate', ['a', 'b']],
    ['speed', ['a', 'b']],
  ]);
  // loss = identities + λ · clusters
  expect((charts[1].data[0] as { y: number[] }).y).toEqual([2, 2.5]);
  expect((charts[3].data[0] as { y: number[] }).y).toEqual([1, 2, 3]);
  expect(curveCharts([drawn('a')], settings).map(({ id }) => id)).toEqual([
    'loss',
    'accuracy',
    'rate',
    'speed',
  ]);
  expect(curveCharts([], settings)).toEqual([]);
  // Which run is which is told in a saved picture too, where there are several.
  expect([charts[0].saved.showlegend, charts[0].layout.hovermode]).toEqual([true, 'x unified']);
});

test('validation is a mark after every epoch, and not smoothed', () => {
  const curve = {
    ...curveOf([1, 2, 3, 4], () => 1),
    validation: Float64Array.of(Number.NaN, 0.6, Number.NaN, 0.75),
  };
  const charts = curveCharts([drawn('a', { curve })], { ...settings, smoothing: 0.9 });
  const [marks, ...others] = (charts.find(({ id }) => id === 'validation')?.data ?? []) as {
    x: number[];
    y: number[];
    mode: string;
  }[];
  expect(others).toEqual([]);
  expect(marks).toMatchObject({ x: [2, 4], y: [60, 75], mode: 'lines+markers' });
});

test('the axis is epochs, steps, or the time that training took in a unit that fits', () => {
  const x = (axis: 'epochs' | 'steps' | 'time') =>
    (curveCharts([drawn('a')], { ...settings, axis })[0].data[0] as { x: number[] }).x;
  expect(x('steps')).toEqual([1, 2, 3]);
  expect(x('epochs')).toEqual([1 / 3, 2 / 3, 1]);
  expect(x('time')).toEqual([0.5, 1, 1.5]);
  expect([20, 600, 20_000].map((seconds) => timeUnit(seconds).title)).toEqual(['s', 'min', 'h']);
});

test('a smoothed line has what it was before faint behind it, and losses may be logarithmic', () => {
  const [loss, accuracy] = curveCharts([drawn('a')], { axis: 'steps', smoothing: 0.6, log: true });
  expect(loss.data.map((trace) => (trace as { opacity?: number }).opacity)).toEqual([0.28, undefined]);
  expect((loss.data[1] as { customdata: number[] }).customdata).toEqual([10, 5, 10 / 3]);
  expect(loss.layout.yaxis?.type).toBe('log');
  expect(accuracy.layout.yaxis?.type).toBe('linear');
});
