import { Random } from '../foundation/random.ts';
import type { Glasses, HairStyle, IdentityParameters } from './parameters.ts';
import { drawColouring, drawShape } from './population.ts';

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

function drawHairStyle(random: Random, gender: number, age: number, wave: number): HairStyle {
  const u = random.uniform();
  const curly = random.uniform() < wave * 1.15 - 0.15;
  const long = gender === 0 ? (age > 60 ? 0.45 : 0.8) : age > 45 ? 0.04 : 0.13;
  if (random.uniform() < long) {
    if (curly && u < 0.55) return 'big curls';
    if (u < 0.2) return 'chin length';
    if (u < 0.42) return wave > 0.3 ? 'long wavy' : 'long straight';
    if (u < 0.62) return 'tied back';
    if (u < 0.82) return 'fringe and long';
    return wave > 0.2 ? 'long wavy' : 'long straight';
  }
  if (gender === 1 && age > 32 && u < 0.12 + (age - 32) * 0.012)
    return random.uniform() < 0.45 ? 'bald' : 'receding';
  if (curly) return u < 0.6 ? 'short curls' : 'shaved';
  if (u < 0.3) return 'short';
  if (u < 0.72) return 'side parting';
  if (u < 0.85) return gender === 0 ? 'tied back' : 'shaved';
  return 'short';
}

const FRAMES: readonly Glasses[] = ['thin round', 'thin rectangular', 'thick'];

/**
 * The person behind an identity number: the same seed, number and attributes always give the same person.
 * @param age years
 */
export function drawIdentity(
  seed: number,
  identity: number,
  gender: number,
  race: number,
  age: number,
): IdentityParameters {
  const random = new Random(seed, 0x1d, identity);
  const colouring = drawColouring(random, gender, race);
  const shape = drawShape(random, gender, race);
  // Its own stream: the number of draws depends on the age, and all else must not.
  const hairStyle = drawHairStyle(new Random(seed, 0x4a1, identity), gender, age, colouring.hairWave);
  const bearded = gender === 1 && age > 17;
  return {
    gender,
    race,
    age,
    shape,
    width: clamp(1 + 0.035 * random.normal() + (race === 1 ? 0.012 : 0), 0.91, 1.1),
    length: clamp(1 + 0.03 * random.normal() + (gender === 1 ? 0.012 : -0.012), 0.91, 1.09),
    melanin: colouring.melanin,
    haemoglobin: colouring.haemoglobin,
    carotene: colouring.carotene,
    freckles: random.uniform() < 0.18 ? random.uniform() : 0.1 * random.uniform(),
    roughness: random.uniform(),
    lipRedness: random.uniform(),
    iris: colouring.iris,
    irisTint: random.uniform(),
    irisSize: 5.9 + 0.25 * random.normal(),
    lids: 0.55 * random.normal() + (race === 1 ? -0.7 : 0.1),
    crease: clamp((race === 1 ? 0.25 : 0.75) + 0.22 * random.normal(), 0, 1),
    epicanthus: clamp((race === 1 ? 0.6 : 0.05) + 0.25 * random.normal(), 0, 1),
    browThickness: clamp((gender === 1 ? 1.15 : 0.85) + 0.22 * random.normal(), 0.5, 1.7),
    browDensity: clamp(0.72 + 0.18 * random.normal(), 0.25, 1),
    browArch: (gender === 1 ? 0.3 : 1.4) + 1.2 * random.normal(),
    hairStyle,
    hairDark: colouring.hairDark,
    hairRed: colouring.hairRed,
    greyAt: 56 + 11 * random.normal(),
    hairline: 4.5 * random.normal() + (gender === 1 && age > 30 ? 2 : -1),
    hairVolume: clamp(1 + 0.3 * random.normal(), 0.4, 1.8),
    hairLength: random.uniform(),
    hairWave: colouring.hairWave,
    parting: clamp(random.normal() * 0.5, -1, 1),
    beard: bearded ? clamp(random.uniform() * 1.5 - 0.55, 0, 1) : 0,
    moustache: bearded ? clamp(random.uniform() * 1.6 - 0.6, 0, 1) : 0,
    glasses: FRAMES[random.below(FRAMES.length)],
    glassesShare: random.uniform() < clamp(0.14 + age * 0.004, 0.1, 0.45) ? 0.85 : 0.03,
    makeup: gender === 0 && age > 15 ? clamp(random.uniform() * 1.4 - 0.4, 0, 1) : 0,
    earSize: 1 + 0.1 * random.normal() + 0.002 * Math.max(0, age - 40),
    earAngle: clamp(0.42 + 0.16 * random.normal(), 0.12, 0.85),
    neck: clamp((gender === 1 ? 1.1 : 0.9) + 0.06 * random.normal(), 0.75, 1.3),
    texture: random.uint32(),
  };
}
