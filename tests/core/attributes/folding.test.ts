import { describe, expect, test } from 'vitest';
import {
  FAIRFACE_AGES,
  FAIRFACE_RACES,
  foldDegrees,
  foldYears,
  readAge,
  readDegrees,
  readGender,
  readRace,
} from '../../../core/attributes/folding.ts';

describe('ages fold as thesis §5.4.1 says: 0–19, 20–49, 50+', () => {
  test.each([
    [0, 0],
    [19, 0],
    [19.9, 0],
    [20, 1],
    [49.5, 1],
    [50, 2],
    [116, 2],
  ])('%d years → %d', (years, bin) => expect(foldYears(years)).toBe(bin));

  test('no age', () => {
    for (const years of [-1, 131, Number.NaN]) expect(foldYears(years)).toBeUndefined();
  });

  test('the nine bins of FairFace, in classifier order', () => {
    expect(FAIRFACE_AGES.map((age) => readAge(age)?.value)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
    expect(readAge('more than 70')).toEqual({ value: 2 });
  });

  test('what a spreadsheet made of 3-9 and 10-19', () => {
    expect(readAge('9-Mar')).toEqual({ value: 0, repaired: '3-9' });
    expect(readAge('19-Oct')).toEqual({ value: 0, repaired: '10-19' });
    expect(readAge('Mar-09')).toEqual({ value: 0, repaired: '3-9' });
    expect(readAge('09-Mar')).toEqual({ value: 0, repaired: '3-9' });
    // 3-2 runs backwards, but where days come first 2 March was 2-3.
    expect(readAge('2-Mar')).toEqual({ value: 0, repaired: '2-3' });
  });

  test.each([
    ['34', 1],
    ['34 years', 1],
    ['(25, 32)', 1],
    ['35–49', 1],
    ['70 and over', 2],
    ['>50', 2],
    ['under 18', 0],
  ])('%s', (text, value) => expect(readAge(text)?.value).toBe(value));

  test.each(['', 'old', '15-25', '40-60', '18+', '300', '-3', '2-1', 'under 40', 'TRUE'])(
    "'%s' is no age of one bin",
    (text) => expect(readAge(text)).toBeUndefined(),
  );
});

test('gender: 0 female, 1 male', () => {
  for (const text of ['Female', 'F', 'woman', ' female ']) expect(readGender(text)?.value).toBe(0);
  for (const text of ['Male', 'm', 'MAN']) expect(readGender(text)?.value).toBe(1);
  for (const text of ['', '1', 'other']) expect(readGender(text)).toBeUndefined();
});

test('the seven races of FairFace fold into five groups, in classifier order', () => {
  expect(FAIRFACE_RACES.map(([race]) => readRace(race)?.value)).toEqual([4, 0, 3, 1, 1, 2, 4]);
  expect(FAIRFACE_RACES.map(([, group]) => group)).toEqual([4, 0, 3, 1, 1, 2, 4]);
  for (const text of ['Latino/Hispanic', 'latino hispanic', 'Latino_Hispanic', 'Hispanic'])
    expect(readRace(text)?.value).toBe(3);
  for (const text of ['Others', '', 'green', '3']) expect(readRace(text)).toBeUndefined();
});

test('pose: below −30°, above +30°, the limits within', () => {
  expect([-90, -30.01, -30, 0, 30, 30.01, 90].map(foldDegrees)).toEqual([0, 0, 2, 2, 2, 1, 1]);
  expect(foldDegrees(Number.NaN)).toBeUndefined();
  expect(readDegrees('-31.5°')?.value).toBe(0);
  expect(readDegrees('−31.5')?.value).toBe(0);
  expect(readDegrees('1e1')?.value).toBe(2);
  for (const text of ['', 'left', '181', '-200', '1-2']) expect(readDegrees(text)).toBeUndefined();
});
