import { expect, test } from 'vitest';
import type { Classes } from '../../../../core/training/data/classes.ts';
import { holdOut } from '../../../../core/training/data/held-out.ts';

/** Ten people of three pictures each, of two sources; 'ann' and 'ben' stand in both. */
const names = [...'cdefghij'].map((name) => `A/${name}`).concat('A/ann', 'A/ben', 'B/ann', 'B/ben');
const people = names.map((name) => name.slice(2));
const classes: Classes = {
  names,
  rows: Int32Array.from({ length: 36 }, (_, i) => 2 * i),
  labels: Int32Array.from({ length: 36 }, (_, i) => Math.floor(i / 3)),
  remarks: ['One.'],
};
const identityOf = ({ names, labels }: Classes): string[] => Array.from(labels, (label) => names[label]);

test('whole people go, with all of their pictures and from every source', () => {
  for (let seed = 0; seed < 20; seed++) {
    const { trained, held } = holdOut(classes, people, { hold: 5, seed });
    const person = (name: string): string => name.slice(2);
    const [left, gone] = [trained, held].map((part) => new Set(part.names.map(person)));
    expect(gone.size).toBe(5);
    expect([...left].filter((name) => gone.has(name))).toEqual([]);
    expect(new Set([...left, ...gone])).toEqual(new Set(people));
    // Every picture is in one of the two, under its own name, and labels are dense.
    const place = new Map(Array.from(classes.rows, (row, i) => [row, names[classes.labels[i]]]));
    for (const part of [trained, held]) {
      expect(identityOf(part)).toEqual(Array.from(part.rows, (row) => place.get(row)));
      expect([...new Set(part.labels)]).toEqual([...part.names.keys()]);
      expect([...part.rows]).toEqual([...part.rows].sort((a, b) => a - b));
    }
    expect(trained.rows.length + held.rows.length).toBe(36);
    expect(trained.remarks).toEqual(['One.']);
  }
});

test('who is held out follows from the seed, and a share is of the people', () => {
  const heldBy = (hold: number, seed: number): string =>
    holdOut(classes, people, { hold, seed }).held.names.join();
  expect(heldBy(0.5, 3)).toBe(heldBy(5, 3));
  expect(new Set([1, 2, 3, 4, 5].map((seed) => heldBy(5, seed))).size).toBeGreaterThan(1);
});

test('too few or too many are refused', () => {
  const refused = (hold: number) => expect(() => holdOut(classes, people, { hold, seed: 1 }));
  // So few people that no number is allowed: then no range is said.
  const five = {
    ...classes,
    rows: classes.rows.slice(0, 15),
    labels: classes.labels.slice(0, 15),
    names: names.slice(0, 5),
  };
  expect(() => holdOut(five, people.slice(0, 5), { hold: 4, seed: 1 })).toThrow(
    'Nobody can be held out to validate on: that takes 4 identities of two pictures or more, and 2 others to train on. There are 5 identities, 5 of them with two pictures or more.',
  );
  const six = {
    ...classes,
    rows: classes.rows.slice(0, 18),
    labels: classes.labels.slice(0, 18),
    names: names.slice(0, 6),
  };
  expect(() => holdOut(six, people.slice(0, 6), { hold: 5, seed: 1 })).toThrow(
    /allowed: 4 with two pictures/,
  );
  refused(3).toThrow(
    /^3 of 10 identities cannot be held out to validate on; allowed: 4 to 8 with two pictures/,
  );
  refused(9).toThrow(/^9 of 10 identities/);
  refused(0.2).toThrow(/^A share of 0\.2 of 10 identities, that is 2, cannot be held out/);
  // A person of one picture is in no pair of one person.
  const single = {
    ...classes,
    rows: classes.rows.slice(0, 22),
    labels: classes.labels.slice(0, 22),
    names: names.slice(0, 8),
  };
  expect(() => holdOut(single, people.slice(0, 8), { hold: 7, seed: 1 })).toThrow(/allowed: 4 to 6/);
});
