import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { ATTRIBUTES } from '../../../../core/attributes/attributes.ts';
import { checkReading, fairFaceReadings, Reading, read } from '../../../../core/models/prelabel/readings.ts';
import { python } from '../../attributes/python.ts';

const CSV = fileURLToPath(
  new URL('../../../../../shared/assets/meta/fairface_test_outputs.csv', import.meta.url),
);
const scores = (cell: string): number[] => cell.replace(/[[\]]/g, ' ').trim().split(/\s+/).map(Number);

describe('FairFace', () => {
  const readings = fairFaceReadings('logits').map((reading) => Reading.parse(reading));

  test.skipIf(!existsSync(CSV))(
    'logits made from the real predictor’s scores give the predictor’s own labels',
    () => {
      const RACES: Record<string, number> = {
        White: 4,
        'Middle Eastern': 4,
        Black: 0,
        Latino_Hispanic: 3,
        'East Asian': 1,
        'Southeast Asian': 1,
        Indian: 2,
      };
      const rows = parse(readFileSync(CSV, 'utf8'), { columns: true }) as Record<string, string>[];
      expect(rows.length).toBe(5);
      for (const row of rows) {
        const groups = [row.race_scores_fair, row.gender_scores_fair, row.age_scores_fair].map(scores);
        expect(groups.map((group) => group.length)).toEqual([7, 2, 9]);
        // Logarithms of probabilities, moved by another constant per head, are logits with the same softmax.
        const logits = groups.flatMap((group, g) => group.map((p) => Math.log(p) + 3 * g - 2));
        const [race, gender, age] = readings.map((reading) => read(reading, logits)!);
        const raceGroups = [0, 0, 0, 0, 0];
        for (const [i, p] of groups[0].entries()) raceGroups[[4, 0, 3, 1, 1, 2, 4][i]] += p;
        expect(race.value).toBe(raceGroups.indexOf(Math.max(...raceGroups)));
        // Summing may only move a label where two classes of one group together outweigh the single best class.
        if (Math.max(...groups[0]) > 0.5) expect(race.value).toBe(RACES[row.race]);
        expect(race.confidence).toBeCloseTo(raceGroups[race.value], 5);
        expect(ATTRIBUTES[1].values[gender.value]).toBe(row.gender.toLowerCase());
        expect(gender.confidence).toBeCloseTo(Math.max(...groups[1]), 5);
        const start = Number(/^\d+/.exec(row.age)![0]);
        if (Math.max(...groups[2]) > 0.5) expect(age.value).toBe(start < 20 ? 0 : start < 50 ? 1 : 2);
      }
    },
  );

  test('three softmaxes and their sums equal NumPy’s', () => {
    const logits = Array.from({ length: 18 }, (_, i) => Math.sin(5 * i) * 3);
    const theirs = python<number[][]>(
      `
x = np.array(given)
soft = lambda v: np.exp(v - v.max()) / np.exp(v - v.max()).sum()
fold = lambda p, to, n: [sum(p[i] for i in range(len(p)) if to[i] == k) for k in range(n)]
answer = [fold(soft(x[:7]), [4,0,3,1,1,2,4], 5), fold(soft(x[7:9]), [1,0], 2), fold(soft(x[9:]), [0,0,0,1,1,1,2,2,2], 3)]
`,
      logits,
    );
    for (const [i, reading] of readings.entries()) {
      const said = read(reading, logits)!;
      expect(said.value).toBe(theirs[i].indexOf(Math.max(...theirs[i])));
      expect(said.confidence).toBeCloseTo(Math.max(...theirs[i]), 12);
    }
  });
});

describe('other networks', () => {
  const reading = (value: unknown) => Reading.parse(value);

  test('a number of years becomes an age with the number kept', () => {
    const age = reading({ kind: 'number', attribute: 'age', output: 'age', deviation: 7 });
    expect(read(age, [35])).toMatchObject({ value: 1, number: 35 });
    expect(read(age, [7])!.confidence).toBeGreaterThan(0.9);
    expect(read(age, [Number.NaN])).toBeNull();
  });

  test('a single sigmoid, ready probabilities, and a class that is none of ours', () => {
    const gender = { kind: 'classes', attribute: 'gender', output: 'g', values: [1, 0] };
    const sigmoid = read(reading({ ...gender, activation: 'sigmoid' }), [2])!;
    expect(sigmoid).toEqual({ value: 1, confidence: 1 / (1 + Math.exp(-2)) });
    expect(read(reading({ ...gender, activation: 'none' }), [0.2, 0.8])).toEqual({
      value: 0,
      confidence: 0.8,
    });
    const race = reading({ kind: 'classes', attribute: 'race', output: 'r', values: [4, 0, 1, 2, -1] });
    expect(read(race, [0, 0, 0, 0, 9])!.value).toBe(-1);
  });

  test('a manifest that asks for values or columns that are not there is refused', () => {
    const race = reading({ kind: 'classes', attribute: 'race', output: 'r', values: [5, 0] });
    expect(() => checkReading(race, 2, 'mine')).toThrow(
      "'mine' gives a class the value 5 of race; allowed: 0 (Black)",
    );
    const late = reading({ kind: 'classes', attribute: 'gender', output: 'r', from: 7, values: [1, 0] });
    expect(() => checkReading(late, 8, 'mine')).toThrow("columns up to 9 of 'r', which has 8");
    const number = reading({ kind: 'number', attribute: 'race', output: 'r', deviation: 1 });
    expect(() => checkReading(number, 1, 'mine')).toThrow("reads a number as 'race'");
  });
});
