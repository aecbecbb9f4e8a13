import type { Pose } from './pose.ts';

export const HAIR_STYLES = [
  'bald',
  'shaved',
  'short',
  'side parting',
  'short curls',
  'receding',
  'chin length',
  'long straight',
  'long wavy',
  'big curls',
  'tied back',
  'fringe and long',
] as const;
export type HairStyle = (typeof HAIR_STYLES)[number];

export const HEADWEAR = ['none', 'beanie', 'headscarf', 'cap'] as const;
export type Headwear = (typeof HEADWEAR)[number];

export const OCCLUSIONS = ['none', 'bar', 'hand', 'mask', 'blurred object'] as const;
export type Occlusion = (typeof OCCLUSIONS)[number];

export const GLASSES = ['none', 'thin round', 'thin rectangular', 'thick', 'sunglasses'] as const;
export type Glasses = (typeof GLASSES)[number];

export const BACKGROUNDS = ['plain', 'gradient', 'lights', 'interior', 'foliage', 'wall'] as const;
export type Background = (typeof BACKGROUNDS)[number];

/** What makes a person, whatever the picture. */
export interface IdentityParameters {
  /** 0 female, 1 male. */
  gender: number;
  /** 0 … 4 in the order of the attribute's values. */
  race: number;
  /** Years, in the identity's first picture. */
  age: number;
  /** One value per `SHAPE_NAMES`, in standard deviations. */
  shape: Float32Array;
  width: number;
  length: number;
  /** Amounts of the pigments, 0 … about 1 (see skin.ts). */
  melanin: number;
  haemoglobin: number;
  carotene: number;
  /** 0 … 1 each. */
  freckles: number;
  roughness: number;
  lipRedness: number;
  /** 0 pale blue … 1 dark brown; the tint goes from blue (0) over green (0.5) to grey (1). */
  iris: number;
  irisTint: number;
  irisSize: number;
  /** mm by which the lids stand further apart than average; the crease over the upper lid, 0 … 1. */
  lids: number;
  crease: number;
  epicanthus: number;
  /** Thickness 0.5 … 1.6, density 0 … 1, arch in mm. */
  browThickness: number;
  browDensity: number;
  browArch: number;
  hairStyle: HairStyle;
  /** Eumelanin and pheomelanin, 0 … 1. */
  hairDark: number;
  hairRed: number;
  /** Years at which half of the hair is grey. */
  greyAt: number;
  /** mm. */
  hairline: number;
  hairVolume: number;
  hairLength: number;
  hairWave: number;
  parting: number;
  /** 0 … 1: how readily a beard, a moustache is worn. */
  beard: number;
  moustache: number;
  glasses: Glasses;
  glassesShare: number;
  makeup: number;
  earSize: number;
  earAngle: number;
  neck: number;
  /** Chooses the places of moles, freckles and strands. */
  texture: number;
}

export interface Light {
  /** Unit vector towards the key light. */
  direction: readonly [number, number, number];
  key: readonly [number, number, number];
  sky: readonly [number, number, number];
  ground: readonly [number, number, number];
  rim: readonly [number, number, number];
  rimSide: number;
  /** How hard the shadows are, 0 … 1. */
  hardness: number;
}

/** Everything that one picture is drawn from. */
export interface FaceParameters extends Pose {
  identity: number;
  picture: number;
  person: IdentityParameters;
  /** Years in this picture. */
  age: number;
  /** Camera distance, mm. */
  distance: number;
  /** Size relative to ArcFace's five-point template. */
  framing: number;
  /** Shift of the face, as a share of the picture's side. */
  shiftX: number;
  shiftY: number;
  /** One value per `EXPRESSION_NAMES`, 0 … 1. */
  expression: Float32Array;
  /** 0 open … 1 shut. */
  blink: number;
  /** Degrees, to the picture's right and up. */
  gazeX: number;
  gazeY: number;
  /** 0 … 1: how long the beard (moustache) is today; 0.2 is stubble. */
  beard: number;
  moustache: number;
  glasses: Glasses;
  headwear: Headwear;
  occlusion: Occlusion;
  /** Place, size and turn of the occluder: shares of the side, radians. */
  occluder: readonly [number, number, number, number];
  lipstick: number;
  eyeshadow: number;
  grease: number;
  light: Light;
  background: Background;
  backgroundSeed: number;
  clothing: readonly [number, number, number];
  fabric: readonly [number, number, number];
  /** Stops. */
  exposure: number;
  contrast: number;
  saturation: number;
  /** Standard deviation of the sensor's noise at mid grey, 0 … 1. */
  noise: number;
  /** Standard deviation of the blur as a share of the side. */
  blur: number;
  noiseSeed: number;
}
