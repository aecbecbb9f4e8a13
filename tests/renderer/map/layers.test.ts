import { expect, test } from 'vitest';
import { boundedZoom, pointLook } from '../../../renderer/map/points/camera.ts';
import { FrameBudget } from '../../../renderer/map/points/frame-budget.ts';
import { layersOf, STATE, shuffledOrder } from '../../../renderer/map/points/layers.ts';
import { howOf, regionOf, selectionAfter, toolOf } from '../../../renderer/map/points/strokes.ts';

test('the order of drawing holds every point once, and its beginning is a fair sample', () => {
  const order = shuffledOrder(20_000);
  expect(new Set(order).size).toBe(20_000);
  expect(shuffledOrder(20_000)).toEqual(order);
  const early = order.subarray(0, 2000).filter((point) => point < 10_000).length;
  expect(Math.abs(early - 1000)).toBeLessThan(120);
});

test('layers: grey points first, then those that count, hidden ones not at all', () => {
  const order = shuffledOrder(9);
  const states = Uint8Array.from({ length: 9 }, (_, i) => [STATE.hidden, STATE.grey, STATE.shown][i % 3]);
  const layers = layersOf(order, states);
  expect([layers.grey, layers.shown]).toEqual([3, 3]);
  expect([...layers.order.subarray(0, 3)].sort()).toEqual([1, 4, 7]);
  expect([...layers.order.subarray(3)].sort()).toEqual([2, 5, 8]);
  const places = [...layers.order.subarray(3)].map((point) => order.indexOf(point));
  expect(places).toEqual([...places].sort((a, b) => a - b));
});

test('points shrink and let each other through as they become many, and grow again with zoom', () => {
  const size = { width: 1000, height: 700 };
  const whole = { x: 0, y: 0, scale: 10 };
  const few = pointLook(whole, whole, 3000, size);
  const many = pointLook(whole, whole, 500_000, size);
  expect(few.diameter).toBeGreaterThan(2.5 * many.diameter);
  expect(few.alpha).toBeGreaterThan(0.8);
  expect(many.alpha).toBeLessThan(0.5);
  const near = pointLook({ ...whole, scale: 200 }, whole, 500_000, size);
  expect(near.diameter).toBeGreaterThan(many.diameter);
  expect(near.alpha).toBeGreaterThan(many.alpha);
  expect(boundedZoom({ ...whole, scale: 1 }, whole, 0.5)).toBe(1);
  expect(boundedZoom(whole, whole, 2)).toBe(2);
});

test('slow frames draw fewer points while moving; quick ones bring them back', () => {
  const budget = new FrameBudget();
  for (let i = 0; i < 3; i++) budget.moved(120);
  expect(budget.share).toBeCloseTo(1 / 27, 6);
  const low = budget.share;
  budget.moved(32);
  expect(budget.share).toBe(low);
  for (let i = 0; i < 60; i++) budget.moved(16);
  expect(budget.share).toBe(1);
});

test('a slow whole map is known before the first movement, and waits for a longer rest', () => {
  const budget = new FrameBudget();
  expect(budget.pause).toBe(120);
  budget.whole(400);
  expect(budget.share).toBeCloseTo(0.1, 6);
  expect(budget.pause).toBe(600);
  budget.whole(100);
  expect(budget.share).toBeCloseTo(0.1, 6);
  expect(budget.pause).toBe(200);
});

test('tools, modifiers and what a region does with a selection', () => {
  const none = { shiftKey: false, altKey: false };
  expect(howOf(none)).toBe('replace');
  expect(toolOf('pan', 0, none)).toBe('pan');
  expect(toolOf('pan', 0, { shiftKey: true, altKey: false })).toBe('lasso');
  expect(toolOf('lasso', 1, none)).toBe('pan');
  expect(regionOf({ tool: 'rectangle', path: [1, 2, 5, 6, 3, 4], how: 'add' })).toEqual([
    1, 2, 3, 2, 3, 4, 1, 4,
  ]);
  const selected = Uint8Array.of(1, 0, 0, 1);
  // Point 0 is of row 2, point 1 of no face any more, point 2 of row 3, which the filter leaves out, point 3 of row 0.
  const rows = Int32Array.of(2, -1, 3, 0);
  const mask = Uint8Array.of(1, 1, 1, 0);
  const inside = Uint8Array.of(1, 1, 1, 0);
  expect([...selectionAfter(selected, inside, rows, mask, 'replace')]).toEqual([0, 0, 1, 0]);
  expect([...selectionAfter(selected, inside, rows, mask, 'add')]).toEqual([1, 0, 1, 1]);
  expect([...selectionAfter(selected, Uint8Array.of(0, 0, 0, 1), rows, mask, 'remove')]).toEqual([
    0, 0, 0, 1,
  ]);
  expect([...selected]).toEqual([1, 0, 0, 1]);
});
