import { cohortIndex, cohortValues } from '../attributes/cohort.ts';
import { Fault } from '../foundation/fault.ts';
import { Random } from '../foundation/random.ts';
import { drawIdentity } from './identity.ts';
import type { FaceParameters } from './parameters.ts';
import { drawPicture } from './picture.ts';
import { AGE_SHARES, drawAge, drawShare, MALE_SHARE, RACE_SHARES } from './population.ts';

/** A set of synthetic faces. The same settings give the same faces, byte for byte. */
export interface FaceSettings {
  seed: number;
  faces: number;
  identities: number;
  /** Cover the 270 cohorts evenly instead of as unevenly as real sets do. */
  balanced?: boolean;
}

/** Angles of the outer bins reach this far, degrees. */
export const MAXIMUM_YAW = 70;
export const MAXIMUM_PITCH = 50;
const BIN_EDGE = 30;

/** @throws Fault when a number is not a whole number in its range. */
export function checkSettings({ seed, faces, identities }: FaceSettings): void {
  const rules: [string, number, number, number][] = [
    ['seed', seed, 0, Number.MAX_SAFE_INTEGER],
    ['number of faces', faces, 1, 100_000_000],
    ['number of identities', identities, 1, faces],
  ];
  for (const [name, value, low, high] of rules) {
    if (!Number.isSafeInteger(value) || value < low || value > high) {
      throw new Fault(`The ${name} is ${value}; a whole number from ${low} to ${high} is expected.`);
    }
  }
}

/** How many pictures an identity has, and the index of its first: identities follow each other. */
export function picturesOf(
  { faces, identities }: FaceSettings,
  identity: number,
): { first: number; count: number } {
  const base = Math.floor(faces / identities);
  const extra = faces % identities;
  return { first: identity * base + Math.min(identity, extra), count: base + (identity < extra ? 1 : 0) };
}

/** The identity and the picture number of the face at an index, 0 … faces − 1. */
export function locate(settings: FaceSettings, index: number): { identity: number; picture: number } {
  const base = Math.floor(settings.faces / settings.identities);
  const extra = settings.faces % settings.identities;
  const big = extra * (base + 1);
  if (index < big) return { identity: Math.floor(index / (base + 1)), picture: index % (base + 1) };
  return { identity: extra + Math.floor((index - big) / base), picture: (index - big) % base };
}

/** An angle for a value of the pitch or yaw attribute: 0 below −30°, 1 above +30°, 2 within. */
function drawAngle(random: Random, value: number, maximum: number): number {
  if (value === 2) return Math.min(29, Math.max(-29, 12 * random.normal()));
  const angle = random.between(BIN_EDGE + 1.5, maximum);
  return value === 0 ? -angle : angle;
}

function naturalAngle(random: Random, spread: number, wide: number, maximum: number): number {
  const angle = random.uniform() < wide ? random.between(-maximum, maximum) : spread * random.normal();
  return Math.min(maximum, Math.max(-maximum, angle));
}

/** 0 below −30°, 1 above +30°, 2 within ±30°. */
export function angleValue(degrees: number): number {
  return degrees < -BIN_EDGE ? 0 : degrees > BIN_EDGE ? 1 : 2;
}

/** 0 for 0–19, 1 for 20–49, 2 for 50 years and more. */
export function ageValue(years: number): number {
  return years < 20 ? 0 : years < 50 ? 1 : 2;
}

/** Keeps a jittered age in the bin of the person's age, so that an identity has one age value. */
function nearAge(random: Random, age: number): number {
  const jittered = age + (age < 12 ? 0.5 : 1.5) * random.normal();
  const [low, high] = [
    [2, 19.4],
    [20, 49.4],
    [50, 90],
  ][ageValue(age)];
  return Math.min(high, Math.max(low, jittered));
}

/** The five attribute values of a face. */
export function valuesOf(face: FaceParameters): number[] {
  return [
    ageValue(face.age),
    face.person.gender,
    face.person.race,
    angleValue(face.pitch),
    angleValue(face.yaw),
  ];
}

/**
 * The parameters of the face at `index` (0 … faces − 1). In the balanced mode identities take the 30 combinations of
 * age, gender and race in turn and their pictures take the nine poses in turn; with fewer than 30 identities an
 * identity's pictures also take the three ages, so that ten identities are enough for all 270 cohorts.
 */
export function faceOf(settings: FaceSettings, index: number): FaceParameters {
  const { seed, identities } = settings;
  const { identity, picture } = locate(settings, index);
  const who = new Random(seed, 0xa6e, identity);
  const how = new Random(seed, 0x905e, identity, picture);
  if (!settings.balanced) {
    const gender = who.uniform() < MALE_SHARE ? 1 : 0;
    const race = drawShare(who, RACE_SHARES);
    const age = drawAge(who, drawShare(who, AGE_SHARES));
    const pose = {
      yaw: naturalAngle(how, 15, 0.25, MAXIMUM_YAW),
      pitch: naturalAngle(how, 9, 0.18, MAXIMUM_PITCH),
      roll: naturalAngle(how, 6, 0.05, 30),
    };
    const person = drawIdentity(seed, identity, gender, race, age);
    return drawPicture(seed, identity, picture, person, nearAge(how, age), pose);
  }
  const many = identities >= 30;
  const groups = many ? 30 : 10;
  const { count } = picturesOf(settings, identity);
  // Continue the cycle of poses where the group's previous identity stopped.
  const step = Math.floor(identity / groups) * count + picture;
  const cell = step % 9;
  // Cohorts in the order age, gender, race: the group of an identity mixes all three from the first on.
  const group = (identity * 7) % groups;
  const gender = group % 2;
  const race = Math.floor(group / 2) % 5;
  const bin = many ? Math.floor(group / 10) : Math.floor(step / 9) % 3;
  const age = drawAge(who, many ? bin : 1);
  const person = drawIdentity(seed, identity, gender, race, many ? age : drawAge(how, bin));
  const [, , , pitchValue, yawValue] = cohortValues(
    cohortIndex([bin, gender, race, Math.floor(cell / 3), cell % 3]),
  );
  const pose = {
    yaw: drawAngle(how, yawValue, MAXIMUM_YAW),
    pitch: drawAngle(how, pitchValue, MAXIMUM_PITCH),
    roll: naturalAngle(how, 6, 0.05, 30),
  };
  return drawPicture(seed, identity, picture, person, nearAge(how, person.age), pose);
}
