import { expect, test } from 'vitest';
import { chipsOf } from '../../../renderer/faces/chips.ts';
import type { FaceColumns } from '../../../renderer/faces/columns.ts';
import { countIn, type Filter, isEmpty, maskOf, noFilter } from '../../../renderer/faces/filter.ts';
import { captionOf } from '../../../renderer/map/caption.ts';
import { type ColourBy, colouringOf } from '../../../renderer/map/colouring.ts';
import { legendOf, pickedOf, toggled, withoutLegend } from '../../../renderer/map/legend.ts';

const n = 600;
const numbers = (modulo: number, low = 0) => Array.from({ length: n }, (_, i) => low + (i % modulo));
const columns: FaceColumns = {
  faces: Int32Array.from({ length: n }, (_, i) => 1 + 2 * i),
  values: [3, 2, 5, 3, 3].map((count) => Int8Array.from(numbers(count + 1, -1))),
  origins: Array.from({ length: 5 }, () => Int8Array.from(numbers(5, -1))),
  confidences: Array.from({ length: 5 }, () =>
    Float32Array.from({ length: n }, (_, i) => (i % 4 === 0 ? Number.NaN : (i % 101) / 100)),
  ),
  cohorts: Int16Array.from(numbers(271, -1)),
  sources: Int32Array.from(numbers(3, 4)),
  identities: Int32Array.from({ length: n }, (_, i) => (i % 9 === 0 ? -1 : 1 + (i % 50))),
};
const sources = [4, 5, 6].map((id) => ({ id, name: `set ${id}` }));
const rows = Int32Array.from({ length: n }, (_, i) => (i === 7 ? -1 : i));
const choices: ColourBy[] = [
  { by: 'attribute', attribute: 2 },
  { by: 'origin', attribute: 1 },
  { by: 'cohort' },
  { by: 'source' },
  { by: 'identity' },
  { by: 'cluster', clustering: 'k', ofRow: Int32Array.from(numbers(13, -1)), k: 12 },
];

for (const choice of choices) {
  test(`by ${choice.by}: the legend counts every face once, and a click lets exactly those pass`, () => {
    const colouring = colouringOf(columns, rows, choice, sources);
    const legend = legendOf(colouring, rows, new Uint8Array(n).fill(1));
    expect(legend.entries.reduce((sum, { count }) => sum + count, 0)).toBe(n - 1);
    expect(legend.faces).toBe(n - 1);
    expect(legend.categories).toBe(legend.entries.length);
    for (const entry of legend.entries.slice(0, 4)) {
      expect(colouring.palette[entry.index]).toHaveLength(3);
      const filter = toggled(noFilter(), choice, entry.value);
      const mask = maskOf(columns, filter);
      mask[7] = 0; // The face that is not on the map.
      expect(countIn(mask)).toBe(entry.count);
      expect(pickedOf(filter, choice)).toEqual([entry.value]);
      // Its own counts stay as they were, and the second click takes the filter away.
      expect(isEmpty(withoutLegend(filter, choice))).toBe(true);
      expect(isEmpty(toggled(filter, choice, entry.value))).toBe(true);
      const [chip] = chipsOf(filter, sources, new Map());
      expect(isEmpty(chip.without)).toBe(true);
    }
  });
}

test('a step of confidence cuts the scale', () => {
  const choice: ColourBy = { by: 'confidence', attribute: 0 };
  const colouring = colouringOf(columns, rows, choice, sources);
  const legend = legendOf(colouring, rows, new Uint8Array(n).fill(1));
  const half = legend.entries.find(({ words }) => words === '0.45–0.50');
  const filter = toggled(noFilter(), choice, half?.value as number);
  expect(filter).toMatchObject({ confidenceBelow: 0.5, confidenceOf: 0 });
  const naive = [...columns.confidences[0]].filter((confidence) => confidence < 0.5).length;
  expect(countIn(maskOf(columns, filter))).toBe(naive);
});

test('conditions other than the legend stand in its counts', () => {
  const choice: ColourBy = { by: 'attribute', attribute: 1 };
  const filter: Filter = toggled({ ...noFilter(), sources: [4] }, choice, 0);
  const legend = legendOf(
    colouringOf(columns, rows, choice, sources),
    rows,
    maskOf(columns, withoutLegend(filter, choice)),
  );
  expect(legend.faces).toBe(n / 3);
  expect(chipsOf(filter, sources, new Map()).map(({ words }) => words)).toEqual([
    'gender: female',
    'source: set 4',
  ]);
});

test('the caption says how a map was made', () => {
  const settings = { perplexity: 30, seed: 2, metric: 'cosine', divergence: 1.234, explained: null };
  expect(captionOf({ name: 'x', method: 'tsne', settings }, 3000, undefined)).toBe(
    't-SNE of 3,000 faces · perplexity 30 · seed 2 · cosine · KL divergence 1.23',
  );
});
