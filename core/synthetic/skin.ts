import type { FaceParameters } from './parameters.ts';

/** Linear RGB. */
export type Rgb = [number, number, number];

/**
 * Skin albedo by the pigments' absorbances (Beer–Lambert over a pale ground): melanin darkens and yellows,
 * haemoglobin reddens, carotene takes the blue.
 */
export function skinColour(melanin: number, haemoglobin: number, carotene: number): Rgb {
  return [
    0.95 * Math.exp(-1.4 * melanin - 0.04 * haemoglobin),
    0.74 * Math.exp(-2.0 * melanin - 0.5 * haemoglobin - 0.08 * carotene),
    0.64 * Math.exp(-2.5 * melanin - 0.42 * haemoglobin - 0.5 * carotene),
  ];
}

/** Hair albedo by eumelanin (dark) and pheomelanin (red), greyed by a share. */
export function hairColour(dark: number, red: number, grey: number): Rgb {
  const colour: Rgb = [
    0.78 * Math.exp(-3.9 * dark - 0.25 * red),
    0.62 * Math.exp(-4.5 * dark - 1.5 * red),
    0.42 * Math.exp(-4.8 * dark - 3.1 * red),
  ];
  const white: Rgb = [0.58, 0.57, 0.55];
  return [0, 1, 2].map((k) => 0.008 + colour[k] + (white[k] - colour[k]) * grey) as Rgb;
}

/** Share of grey hair at this age, 0 … 1. */
export function greyShare(face: FaceParameters): number {
  return 0.92 / (1 + Math.exp(-(face.age - face.person.greyAt) / 4.5));
}

/** Iris albedo from pale (0) to dark brown (1); the tint of pale irises goes from blue over green to grey. */
export function irisColour(dark: number, tint: number): Rgb {
  const pale: Rgb =
    tint < 0.5
      ? [0.16 + 0.1 * tint, 0.28 + 0.1 * tint, 0.46 - 0.5 * tint]
      : [0.2 + 0.1 * tint, 0.3, 0.16 + 0.2 * tint];
  const brown: Rgb = [0.13, 0.05, 0.018];
  const t = Math.min(1, Math.max(0, dark * 1.3 - 0.2));
  return [0, 1, 2].map((k) => (pale[k] + (brown[k] * (1.6 - 0.9 * dark) - pale[k]) * t) as number) as Rgb;
}
