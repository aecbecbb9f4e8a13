import { describe, expect, test } from 'vitest';
import { drawPairs, evenly } from '../../../core/evaluation/identity-pairs.ts';
import { Random } from '../../../core/foundation/random.ts';

/** Whose each of the faces is: person p has sizes[p] faces, in shuffled order. */
const people = (sizes: readonly number[], seed = 1): number[] =>
  new Random(seed).shuffle(sizes.flatMap((size, person) => Array.from({ length: size }, () => person)));

/** What every drawn protocol must keep. */
function check(identities: readonly number[], drawn: ReturnType<typeof drawPairs>): void {
  const { pairs, folds, count } = drawn;
  expect(pairs).toHaveLength(2 * count);
  expect(pairs.filter(({ same }) => same)).toHaveLength(count);
  for (const { first, second, same } of pairs) {
    expect(first).not.toBe(second);
    expect(identities[first] === identities[second]).toBe(same);
  }
  const keys = pairs.map(({ first, second }) => `${Math.min(first, second)} ${Math.max(first, second)}`);
  expect(new Set(keys).size).toBe(pairs.length);
  const foldsOf = new Map<number, Set<number>>();
  const length = pairs.length / folds;
  expect(Number.isInteger(length)).toBe(true);
  for (const [i, { first, second }] of pairs.entries()) {
    const fold = Math.floor(i / length);
    for (const face of [first, second]) {
      foldsOf.set(identities[face], (foldsOf.get(identities[face]) ?? new Set()).add(fold));
    }
  }
  expect([...foldsOf.values()].every((of) => of.size === 1)).toBe(true);
  for (let fold = 0; fold < folds; fold++) {
    const of = pairs.slice(fold * length, (fold + 1) * length);
    expect(of.filter(({ same }) => same)).toHaveLength(length / 2);
  }
}

describe('pairs drawn from identities', () => {
  test('300 people of 10 faces: LFW’s numbers, every person as often as the others', () => {
    const identities = people(Array.from({ length: 300 }, () => 10));
    const drawn = drawPairs(identities);
    check(identities, drawn);
    expect(drawn).toMatchObject({ folds: 10, count: 3000, identities: 300 });
    const times = new Map<number, number>();
    for (const { first, same } of drawn.pairs) {
      if (same) times.set(identities[first], (times.get(identities[first]) ?? 0) + 1);
    }
    expect(times.size).toBe(300);
    expect(new Set(times.values())).toEqual(new Set([10]));
  });

  test('the same seed draws the same, another seed others', () => {
    const identities = people([5, 4, 6, 3, 7, 5, 4, 4]);
    const one = drawPairs(identities, identities, { seed: 3 });
    expect(drawPairs(identities, identities, { seed: 3 })).toEqual(one);
    expect(drawPairs(identities, identities, { seed: 4 }).pairs).not.toEqual(one.pairs);
  });

  test('few and unequal people: fewer folds, all pairs that there are', () => {
    const identities = people([2, 2, 3, 1, 1, 40]);
    const drawn = drawPairs(identities);
    check(identities, drawn);
    expect(drawn.folds).toBe(3);
    // By the definition: the fold with fewest same or different pairs limits all.
    expect(drawn.count % 3).toBe(0);
    expect(() => drawPairs(identities, identities, { count: drawn.count + 3 })).toThrow(
      `${drawn.count + 3} pairs of each kind cannot be drawn; allowed: 3 to ${drawn.count}, as 49 faces of 6 people in 3 folds have.`,
    );
    check(identities, drawPairs(identities, identities, { count: drawn.count, folds: 2 }));
  });

  test('all pairs of a fold can be drawn, and one person of very many faces does not stall it', () => {
    // In two folds, each of two people of three faces: 6 same pairs and 9 different ones.
    const even = people([3, 3, 3, 3]);
    expect(drawPairs(even, even, { folds: 2 })).toMatchObject({ folds: 2, count: 12 });
    check(even, drawPairs(even, even, { folds: 2 }));
    // Half of the people have one face: picking people at random runs out of their pairs long before the others'.
    const uneven = people([2000, 2000, 60, 60, ...Array.from({ length: 40 }, () => 1)]);
    const drawn = drawPairs(uneven, uneven, { count: 30_000, folds: 2 });
    check(uneven, drawn);
    expect(drawn).toMatchObject({ folds: 2, count: 30_000 });
  });

  test('people of one name in two sources are no pair, same or different', () => {
    const identities = ['a/1', 'a/1', 'b/1', 'b/1', 'a/2', 'a/2', 'b/3', 'b/3', 'b/4', 'b/4'];
    const names = identities.map((identity) => identity.slice(2));
    for (let seed = 0; seed < 20; seed++) {
      const { pairs, folds } = drawPairs(identities, names, { seed });
      expect(folds).toBe(2);
      for (const { first, second, same } of pairs) {
        expect(identities[first] === identities[second]).toBe(same);
        expect(names[first] === names[second]).toBe(same);
      }
    }
  });

  test('too few people are said', () => {
    expect(() => drawPairs([1, 1, 2, 2])).toThrow(
      'there are 2 people, 2 with two faces or more, enough for none.',
    );
    const singles = [1, 2, 3, 4, 5, 6];
    expect(() => drawPairs(singles)).toThrow(
      'there are 6 people, 0 with two faces or more, enough for none.',
    );
    const some = people([2, 2, 2, 2]);
    expect(() => drawPairs(some, some, { folds: 3 })).toThrow(
      'enough for 2 folds, and 3 folds were asked for.',
    );
  });

  test('sharing out is even up to capacities', () => {
    expect(evenly([1, 10, 10], 9)).toEqual([1, 4, 4]);
    expect(evenly([3, 3, 3], 4)).toEqual([2, 1, 1]);
    expect(evenly([2, 0, 5], 7)).toEqual([2, 0, 5]);
  });
});
