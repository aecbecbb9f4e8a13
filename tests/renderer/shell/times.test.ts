import { expect, test } from 'vitest';
import { timeWords } from '../../../renderer/shell/times.ts';

const TIME = Date.UTC(2026, 6, 1, 22, 30, 12);

test('times stand in the zone of the user, with its offset', () => {
  expect(timeWords(TIME, 'short', 'Europe/Berlin')).toBe('2 Jul, 00:30 GMT+2');
  expect(timeWords(TIME, 'full', 'America/St_Johns')).toBe('1 Jul 2026, 20:00:12 GMT-2:30');
  expect(timeWords(TIME)).toMatch(/GMT|UTC/);
});
