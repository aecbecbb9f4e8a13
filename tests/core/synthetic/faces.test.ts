import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cohortIndex, cohortValues } from '../../../core/attributes/cohort.ts';
import { Cancelled, Fault } from '../../../core/foundation/fault.ts';
import { ageValue, angleValue, faceOf, locate, valuesOf } from '../../../core/synthetic/faces.ts';
import { FaceRenderer } from '../../../core/synthetic/render.ts';
import { renderFaces } from '../../../core/synthetic/stream.ts';

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('which faces a set holds', () => {
  test('identities follow each other and share the faces evenly', () => {
    const settings = { seed: 1, faces: 23, identities: 5 };
    const counts = new Map<number, number>();
    for (let i = 0; i < 23; i++) {
      const { identity, picture } = locate(settings, i);
      expect(picture).toBe(counts.get(identity) ?? 0);
      counts.set(identity, picture + 1);
    }
    expect([...counts.values()]).toEqual([5, 5, 5, 4, 4]);
  });

  test('a person keeps gender, race, age value, shape and colouring over all pictures', () => {
    const settings = { seed: 3, faces: 60, identities: 10 };
    for (let identity = 0; identity < 10; identity++) {
      const faces = Array.from({ length: 6 }, (_, p) => faceOf(settings, identity * 6 + p));
      for (const face of faces) {
        expect(face.person).toEqual(faces[0].person);
        expect(valuesOf(face).slice(0, 3)).toEqual(valuesOf(faces[0]).slice(0, 3));
      }
      expect(new Set(faces.map((face) => face.yaw)).size).toBe(6);
    }
  });

  test('values follow the thresholds of the five attributes', () => {
    expect([-30.1, -30, 0, 30, 30.1].map(angleValue)).toEqual([0, 2, 2, 2, 1]);
    expect([3, 19.9, 20, 49.9, 50].map(ageValue)).toEqual([0, 0, 1, 1, 2]);
    const settings = { seed: 4, faces: 300, identities: 300 };
    for (let i = 0; i < 300; i++) {
      const face = faceOf(settings, i);
      expect(valuesOf(face)).toEqual([
        face.age < 20 ? 0 : face.age < 50 ? 1 : 2,
        face.person.gender,
        face.person.race,
        face.pitch < -30 ? 0 : face.pitch > 30 ? 1 : 2,
        face.yaw < -30 ? 0 : face.yaw > 30 ? 1 : 2,
      ]);
      expect(Math.abs(face.yaw)).toBeLessThanOrEqual(70);
      expect(Math.abs(face.pitch)).toBeLessThanOrEqual(50);
    }
  });

  test.each([
    [2700, 270],
    [2700, 30],
    [2700, 10],
    [2700, 137],
  ])('balanced: %i faces of %i people cover the 270 cohorts evenly', (faces, identities) => {
    const counts = new Array<number>(270).fill(0);
    for (let i = 0; i < faces; i++) {
      counts[cohortIndex(valuesOf(faceOf({ seed: 5, faces, identities, balanced: true }, i)))]++;
    }
    const empty = counts.flatMap((n, c) => (n === 0 ? [cohortValues(c).join('')] : []));
    expect(empty).toEqual([]);
    // Identities may divide unevenly among the 30 groups (137): up to a quarter more or less.
    expect(Math.max(...counts)).toBeLessThanOrEqual(13);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(7);
  });

  test('the natural mode is as uneven as real sets and fills the outer poses', () => {
    const settings = { seed: 6, faces: 4000, identities: 4000 };
    const sums = [0, 1, 2, 3, 4].map(() => [0, 0, 0, 0, 0]);
    for (let i = 0; i < 4000; i++) {
      for (const [a, value] of valuesOf(faceOf(settings, i)).entries()) sums[a][value]++;
    }
    const share = (a: number, value: number): number => sums[a][value] / 4000;
    expect(share(0, 1)).toBeCloseTo(0.615, 1);
    expect(share(2, 0)).toBeCloseTo(0.141, 1);
    for (const value of [0, 1]) {
      expect(share(4, value)).toBeGreaterThan(0.05);
      expect(share(3, value)).toBeGreaterThan(0.02);
    }
  });
});

describe('drawing a set', () => {
  const settings = { seed: 9, faces: 40, identities: 8 };

  test('the same face has the same bytes, whatever was drawn before and in whichever thread', async () => {
    const one = new FaceRenderer(112);
    const direct = Array.from({ length: 40 }, (_, i) =>
      hash(one.render(faceOf(settings, 39 - i)).pixels),
    ).reverse();
    const streamed: string[] = [];
    for await (const face of renderFaces({ ...settings, threads: 2 })) streamed.push(hash(face.pixels));
    expect(streamed).toEqual(direct);
    expect(new Set(direct).size).toBe(40);
    const other = new FaceRenderer(112).render(faceOf({ ...settings, seed: 10 }, 0));
    expect(hash(other.pixels)).not.toBe(direct[0]);
  });

  test('progress counts up to the end; chosen faces come in the order they were asked for', async () => {
    const done: number[] = [];
    const seen: number[] = [];
    const indices = [30, 2, 17, ...Array.from({ length: 20 }, (_, i) => i)];
    for await (const face of renderFaces(
      { ...settings, indices, size: 64 },
      { onProgress: (progress) => done.push(progress.done) },
    )) {
      seen.push(face.parameters.identity * 5 + face.parameters.picture);
    }
    expect(seen).toEqual(indices);
    expect(done.at(-1)).toBe(indices.length);
    expect(done).toEqual([...done].sort((a, b) => a - b));
  });

  test('cancelling ends the threads and throws Cancelled', async () => {
    const cancel = new AbortController();
    let drawn = 0;
    const run = async (): Promise<void> => {
      for await (const _ of renderFaces(
        { seed: 1, faces: 100_000, identities: 10 },
        { signal: cancel.signal },
      )) {
        if (++drawn === 20) cancel.abort(new Cancelled());
      }
    };
    await expect(run()).rejects.toBeInstanceOf(Cancelled);
    expect(drawn).toBe(20);
  });

  test('settings out of range are refused in a sentence', async () => {
    const first = (patch: object): Promise<unknown> => renderFaces({ ...settings, ...patch }).next();
    await expect(first({ identities: 41 })).rejects.toThrow(
      'The number of identities is 41; a whole number from 1 to 40 is expected.',
    );
    await expect(first({ size: 63 })).rejects.toThrow('The size is 63; a whole number from 64 to 512 pixels');
    await expect(first({ seed: 1.5 })).rejects.toBeInstanceOf(Fault);
  });

  test.each([64, 112, 250, 512])('at %i pixels points and landmarks scale with the picture', (size) => {
    const face = faceOf(settings, 3);
    const drawn = new FaceRenderer(size).render(face);
    const small = new FaceRenderer(112).describe(face);
    expect(drawn.pixels.length).toBe(size * size * 3);
    for (let i = 0; i < 136; i++) {
      expect((drawn.landmarks[i] / size) * 112).toBeCloseTo(small.landmarks[i], 6);
    }
  });
});
