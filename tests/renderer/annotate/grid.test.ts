import { describe, expect, test } from 'vitest';
import {
  cellAt,
  cellsInSight,
  contentTop,
  layoutOf,
  placeAfter,
  placesIn,
  scrollTopFor,
  topToShow,
} from '../../../renderer/annotate/grid/layout.ts';
import { between, selectedRows, withPlaces } from '../../../renderer/annotate/grid/selecting.ts';

// 9 columns of 121 px, pictures of 113, rows of 113 + 35 + 8.
const layout = layoutOf(3000, 1089, 104, 35);

test('pictures grow until the columns fill the width', () => {
  expect(layout).toMatchObject({ columns: 9, rows: 334, cellWidth: 121, side: 113, cellHeight: 156 });
  expect(layout.height).toBe(334 * 156);
  expect(layoutOf(5, 30, 104, 35)).toMatchObject({ columns: 1, rows: 5 });
  expect(layoutOf(0, 1089, 104, 35)).toMatchObject({ rows: 0, height: 0 });
});

test('only cells in sight are drawn, with a row above and below', () => {
  const [first, end] = cellsInSight(layout, 156 * 100 + 10, 640);
  expect([first, end]).toEqual([99 * 9, 106 * 9]);
  expect(cellsInSight(layout, 0, 640)[0]).toBe(0);
  expect(cellsInSight(layout, layout.height - 640, 640)[1]).toBe(3000);
  const many = layoutOf(477_000, 1089, 104, 35);
  const [a, b] = cellsInSight(many, 5_000_000, 640);
  expect(b - a).toBeLessThan(90);
});

test('beyond what a browser can lay out, the scroll bar still reaches the first and the last row', () => {
  const huge = layoutOf(477_000, 1089, 256, 35);
  expect(huge.height).toBeGreaterThan(33_000_000);
  expect(huge.scrollHeight).toBe(16_000_000);
  expect(contentTop(huge, 0, 640)).toBe(0);
  expect(contentTop(huge, huge.scrollHeight - 640, 640)).toBeCloseTo(huge.height - 640, 3);
  for (const top of [0, 1234, 20_000_000, huge.height - 640])
    expect(contentTop(huge, scrollTopFor(huge, top, 640), 640)).toBeCloseTo(top, 3);
  expect(scrollTopFor(layout, 1e9, 640)).toBe(layout.height - 640);
});

describe('keys', () => {
  test('arrows, home, end and pages stay inside', () => {
    expect(placeAfter(layout, 0, 'left', 4)).toBe(0);
    expect(placeAfter(layout, 8, 'right', 4)).toBe(9);
    expect(placeAfter(layout, 4, 'up', 4)).toBe(4);
    expect(placeAfter(layout, 4, 'down', 4)).toBe(13);
    expect(placeAfter(layout, 2999, 'down', 4)).toBe(2999);
    expect(placeAfter(layout, 4, 'pagedown', 4)).toBe(40);
    expect(placeAfter(layout, 4, 'pageup', 4)).toBe(0);
    expect(placeAfter(layout, 500, 'home', 4)).toBe(0);
    expect(placeAfter(layout, 500, 'end', 4)).toBe(2999);
    expect(placeAfter(layout, -1, 'right', 4)).toBe(0);
    expect(placeAfter(layoutOf(0, 1089, 104, 35), -1, 'down', 4)).toBe(-1);
  });

  test('a cell is brought into sight with least movement', () => {
    expect(topToShow(layout, 0, 500, 640)).toBe(0);
    expect(topToShow(layout, 45, 700, 640)).toBe(700);
    expect(topToShow(layout, 90, 0, 640)).toBe(11 * 156 - 640);
  });
});

test('a rectangle takes the cells whose picture it touches', () => {
  const [x, y] = cellAt(layout, 20);
  expect([x, y]).toEqual([242, 312]);
  expect(placesIn(layout, [x + 5, y + 5], [x + 5, y + 5])).toEqual([20]);
  expect(placesIn(layout, [x + 130, y + 170], [x + 5, y + 5])).toEqual([20, 21, 29, 30]);
  expect(placesIn(layoutOf(4, 1089, 104, 35), [500, 10], [1000, 80])).toEqual([]);
});

test('selecting replaces, adds or toggles, and knows rows outside the list', () => {
  const rows = Int32Array.of(7, 3, 5);
  const selected = new Uint8Array(9);
  selected[0] = 1;
  const added = withPlaces(selected, rows, between(2, 1), 'add');
  expect([...added.entries()].filter(([, on]) => on).map(([row]) => row)).toEqual([0, 3, 5]);
  expect([...selectedRows(added, rows)]).toEqual([3, 5]);
  expect([...withPlaces(added, rows, [0], 'replace')].indexOf(1)).toBe(7);
  expect([...selectedRows(withPlaces(added, rows, [1, 0], 'toggle'), rows)]).toEqual([7, 5]);
});
