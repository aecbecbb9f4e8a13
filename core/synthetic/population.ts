import type { Random } from '../foundation/random.ts';
import { SHAPE_NAMES, type ShapeName } from './morphs.ts';

/**
 * How the five attributes shift the distributions of everything that is drawn. The groups overlap on purpose in each
 * single quantity: skin, hair and shape vary more within a group than a rule on one of them could use.
 */

type Means = Partial<Record<ShapeName, number>>;

const MALE: Means = {
  jawWidth: 0.75,
  jawHeight: 0.5,
  chinLength: 0.45,
  chinWidth: 0.6,
  chinProjection: 0.3,
  browRidge: 0.95,
  browHeight: -0.75,
  foreheadSlope: 0.5,
  noseLength: 0.3,
  noseWidth: 0.3,
  noseProjection: 0.3,
  noseBridge: 0.3,
  noseTip: -0.35,
  eyeSize: -0.45,
  eyeDepth: 0.4,
  upperLip: -0.45,
  lowerLip: -0.35,
  cheekFullness: -0.35,
  cheekbones: -0.15,
  mouthWidth: 0.25,
  lidFullness: 0.2,
};

const RACE: readonly Means[] = [
  {
    noseWidth: 1.35,
    noseBridge: -0.9,
    noseBridgeWidth: 0.8,
    noseProjection: -0.5,
    noseBulb: 0.9,
    upperLip: 1.5,
    lowerLip: 1.3,
    mouthProjection: 1,
    mouthWidth: 0.5,
    eyeSpacing: 0.3,
    foreheadSlope: -0.3,
    cheekbones: 0.2,
  },
  {
    noseBridge: -1.15,
    noseProjection: -0.6,
    noseWidth: 0.35,
    lidFullness: 1.4,
    eyeSize: -0.4,
    eyeTilt: 0.8,
    eyeSpacing: 0.5,
    eyeDepth: -0.8,
    cheekbones: 0.9,
    browRidge: -0.6,
    temples: 0.3,
    cheekFullness: 0.4,
    jawWidth: 0.2,
  },
  {
    noseHump: 0.6,
    noseProjection: 0.3,
    noseWidth: 0.4,
    eyeSize: 0.6,
    eyeDepth: 0.4,
    lowerLip: 0.5,
    upperLip: 0.2,
    browHeight: -0.4,
    jawWidth: -0.3,
  },
  {
    noseWidth: 0.45,
    noseBridge: -0.15,
    cheekbones: 0.5,
    upperLip: 0.3,
    lowerLip: 0.4,
    cheekFullness: 0.3,
    eyeTilt: 0.2,
    lidFullness: 0.2,
  },
  {
    noseWidth: -0.6,
    noseBridge: 0.7,
    noseProjection: 0.6,
    noseHump: 0.5,
    upperLip: -0.6,
    lowerLip: -0.4,
    eyeDepth: 0.6,
    browRidge: 0.3,
    chinProjection: 0.3,
    noseTip: 0.1,
  },
];

/** Means and standard deviations of the pigments per race. */
const SKIN: readonly { melanin: [number, number]; carotene: [number, number] }[] = [
  { melanin: [0.74, 0.15], carotene: [0.45, 0.15] },
  { melanin: [0.27, 0.085], carotene: [0.6, 0.16] },
  { melanin: [0.5, 0.13], carotene: [0.55, 0.16] },
  { melanin: [0.36, 0.11], carotene: [0.5, 0.16] },
  { melanin: [0.22, 0.09], carotene: [0.38, 0.16] },
];

const HAIR: readonly { dark: [number, number]; red: number; wave: [number, number] }[] = [
  { dark: [0.95, 0.06], red: 0.2, wave: [0.9, 0.12] },
  { dark: [0.93, 0.08], red: 0.25, wave: [0.12, 0.12] },
  { dark: [0.93, 0.07], red: 0.25, wave: [0.35, 0.2] },
  { dark: [0.85, 0.14], red: 0.35, wave: [0.4, 0.22] },
  { dark: [0.62, 0.25], red: 0.45, wave: [0.35, 0.25] },
];

/** Shares of the race values in the natural mode (those of FairFace's labels, thesis §5.4.1 folding). */
export const RACE_SHARES: readonly number[] = [0.141, 0.266, 0.142, 0.154, 0.297];
/** Shares of the age bins in the natural mode (FairFace). */
export const AGE_SHARES: readonly number[] = [0.245, 0.615, 0.14];
export const MALE_SHARE = 0.53;

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Shape coefficients of a new person. */
export function drawShape(random: Random, gender: number, race: number): Float32Array {
  return Float32Array.from(SHAPE_NAMES, (name) => {
    // Half of a group's shift is common, the rest is spread: a woman may have a strong jaw.
    const mean = (gender === 1 ? 1 : -1) * 0.9 * (MALE[name] ?? 0) + (RACE[race][name] ?? 0);
    return clamp(mean + 0.78 * random.normal(), -2.6, 2.9);
  });
}

export interface Colouring {
  melanin: number;
  haemoglobin: number;
  carotene: number;
  hairDark: number;
  hairRed: number;
  hairWave: number;
  iris: number;
}

/** Skin, hair and eyes of a new person. */
export function drawColouring(random: Random, gender: number, race: number): Colouring {
  const skin = SKIN[race];
  const hair = HAIR[race];
  const melanin = clamp(
    skin.melanin[0] + skin.melanin[1] * random.normal() + (gender === 1 ? 0.015 : -0.015),
    0.08,
    1,
  );
  let hairDark = clamp(hair.dark[0] + hair.dark[1] * random.normal(), 0.05, 1);
  let hairRed = clamp(hair.red * (0.3 + random.uniform()), 0, 1);
  if (random.uniform() < (gender === 0 ? 0.16 : 0.05)) {
    // Dyed: any colour, whoever wears it.
    hairDark = random.between(0.1, 0.95);
    hairRed = random.between(0.1, 0.9);
  }
  const pale = clamp(1 - melanin / 0.3, 0, 1);
  return {
    melanin,
    haemoglobin: clamp(0.5 + 0.16 * random.normal(), 0.1, 1),
    carotene: clamp(skin.carotene[0] + skin.carotene[1] * random.normal(), 0.05, 1),
    hairDark,
    hairRed,
    hairWave: clamp(hair.wave[0] + hair.wave[1] * random.normal(), 0, 1),
    iris: clamp(race === 4 ? random.uniform() * 1.15 - 0.1 * pale : 0.85 + 0.15 * random.normal(), 0.05, 1),
  };
}

/** Draws an index by shares that sum to one. */
export function drawShare(random: Random, shares: readonly number[]): number {
  let u = random.uniform();
  for (let i = 0; i + 1 < shares.length; i++) {
    if (u < shares[i]) return i;
    u -= shares[i];
  }
  return shares.length - 1;
}

/** Years for an age bin: 0–19, 20–49, 50+. */
export function drawAge(random: Random, bin: number): number {
  if (bin === 0) return random.between(3, 18.5);
  if (bin === 1) return 20.5 + 28 * random.uniform() ** 1.15;
  return 51.5 + 34 * random.uniform() ** 1.3;
}
