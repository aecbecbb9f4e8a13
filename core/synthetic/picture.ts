import { Random } from '../foundation/random.ts';
import { EXPRESSION_NAMES } from './morphs.ts';
import {
  BACKGROUNDS,
  type FaceParameters,
  type Glasses,
  type Headwear,
  type IdentityParameters,
  type Light,
  type Occlusion,
} from './parameters.ts';
import type { Pose } from './pose.ts';

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Warm (negative) to cool (positive) light of one brightness. */
function tint(temperature: number, brightness: number): [number, number, number] {
  return [
    brightness * (1 - 0.2 * temperature),
    brightness * (1 - 0.02 * Math.abs(temperature)),
    brightness * (1 + 0.24 * temperature),
  ];
}

function drawLight(random: Random): Light {
  const side = clamp(0.75 * random.normal(), -1.4, 1.4);
  const height = clamp(0.5 + 0.35 * random.normal(), -0.3, 1.2);
  const flat = random.uniform();
  const temperature = 0.55 * random.normal();
  const ambient = 0.28 + 0.42 * flat;
  const sky = tint(clamp(0.4 * random.normal() - 0.3 * temperature, -1.2, 1.2), ambient);
  const ground = tint(clamp(-0.3 + 0.4 * random.normal(), -1.2, 1), ambient * random.between(0.45, 0.95));
  const rim = random.uniform() < 0.35 ? random.between(0.25, 0.9) : 0;
  return {
    direction: [
      Math.sin(side) * Math.cos(height),
      Math.sin(height),
      Math.max(0.12, Math.cos(side)) * Math.cos(height),
    ],
    key: tint(temperature, 1.02 - 0.55 * flat + 0.1 * random.normal()),
    sky,
    ground,
    rim: tint(0.6 * random.normal(), rim),
    rimSide: random.uniform() < 0.5 ? -1 : 1,
    hardness: clamp(1.1 - flat + 0.2 * random.normal(), 0, 1),
  };
}

function drawExpression(random: Random, age: number): Float32Array {
  const values = new Float32Array(EXPRESSION_NAMES.length);
  const put = (name: (typeof EXPRESSION_NAMES)[number], value: number): void => {
    values[EXPRESSION_NAMES.indexOf(name)] = clamp(value, 0, 1);
  };
  const u = random.uniform();
  if (u < 0.46) {
    put('smile', random.between(0.25, 1));
    if (random.uniform() < 0.55) put('open', random.between(0.12, 0.42));
  } else if (u < 0.6) {
    put('open', random.uniform() ** 2 * (age < 10 ? 1 : 0.8));
  } else if (u < 0.66) {
    put('pucker', random.between(0.3, 1));
  } else if (u < 0.74) {
    put('frown', random.between(0.3, 1));
  } else {
    put('smile', 0.2 * random.uniform());
  }
  if (random.uniform() < 0.22) put('browsUp', random.between(0.2, 1));
  return values;
}

const CLOTH: readonly (readonly [number, number, number])[] = [
  [0.02, 0.025, 0.04],
  [0.7, 0.7, 0.68],
  [0.04, 0.08, 0.25],
  [0.4, 0.03, 0.04],
  [0.05, 0.2, 0.1],
  [0.3, 0.28, 0.25],
  [0.55, 0.4, 0.2],
  [0.5, 0.15, 0.3],
  [0.1, 0.3, 0.45],
];

function drawCloth(random: Random): [number, number, number] {
  const base = CLOTH[random.below(CLOTH.length)];
  return [0, 1, 2].map((k) => clamp(base[k] * random.between(0.7, 1.3), 0.01, 0.85)) as [
    number,
    number,
    number,
  ];
}

/** The parameters of one picture of a person; pose and age are given, the rest is drawn from the seed. */
export function drawPicture(
  seed: number,
  identity: number,
  picture: number,
  person: IdentityParameters,
  age: number,
  pose: Pose,
): FaceParameters {
  const random = new Random(seed, 0x91c, identity, picture);
  const { gender } = person;
  const light = drawLight(random);
  const expression = drawExpression(random, age);
  let glasses: Glasses = random.uniform() < person.glassesShare ? person.glasses : 'none';
  if (random.uniform() < 0.03) glasses = 'sunglasses';
  let headwear: Headwear = 'none';
  const h = random.uniform();
  if (h < 0.035) headwear = 'beanie';
  else if (h < 0.06) headwear = 'cap';
  else if (gender === 0 && h < 0.1) headwear = 'headscarf';
  let occlusion: Occlusion = 'none';
  const o = random.uniform();
  if (o < 0.012) occlusion = 'bar';
  else if (o < 0.03) occlusion = 'hand';
  else if (o < 0.045) occlusion = 'mask';
  else if (o < 0.065) occlusion = 'blurred object';
  return {
    ...pose,
    identity,
    picture,
    person,
    age,
    distance: 420 + 1300 * random.uniform() ** 1.5,
    framing: 0.88 * (1 + 0.035 * clamp(random.normal(), -2.5, 2.5)),
    shiftX: 0.013 * clamp(random.normal(), -2.5, 2.5),
    shiftY: 0.013 * clamp(random.normal(), -2.5, 2.5),
    expression,
    blink: random.uniform() < 0.05 ? random.between(0.4, 1) : 0.12 * random.uniform(),
    gazeX: clamp(7 * random.normal(), -18, 18),
    gazeY: clamp(4 * random.normal(), -10, 10),
    beard: clamp(person.beard + 0.12 * random.normal() * (person.beard > 0 ? 1 : 0), 0, 1),
    moustache: clamp(person.moustache + 0.1 * random.normal() * (person.moustache > 0 ? 1 : 0), 0, 1),
    glasses,
    headwear,
    occlusion,
    occluder: [random.uniform(), random.uniform(), random.uniform(), random.between(-0.8, 0.8)],
    lipstick: person.makeup * random.uniform(),
    eyeshadow: person.makeup * random.uniform(),
    grease: random.uniform() ** 1.5,
    light,
    background: BACKGROUNDS[random.below(BACKGROUNDS.length)],
    backgroundSeed: random.uint32(),
    clothing: drawCloth(random),
    fabric: drawCloth(random),
    exposure: clamp(0.22 * random.normal(), -0.7, 0.6),
    contrast: clamp(1 + 0.1 * random.normal(), 0.75, 1.3),
    saturation: clamp(random.uniform() < 0.03 ? 0 : 1 + 0.13 * random.normal(), 0, 1.4),
    noise: 0.006 + 0.022 * random.uniform() ** 2,
    blur: random.uniform() < 0.5 ? 0 : 0.008 * random.uniform() ** 2,
    noiseSeed: random.uint32(),
  };
}
