import { ATTRIBUTES } from '../../core/contract/attributes.ts';

/**
 * Categorical colours, after Okabe and Ito's for colour-blind readers; a dark purple stands for their pink, which
 * people without green cones cannot tell from grey. All pairs, and each with the grounds, are held apart by a test.
 * Value colours of an attribute are the same in every view.
 */
export const CATEGORICAL = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#5e2a84',
  '#56b4e9',
  '#d55e00',
  '#f0e442',
  '#5b5b5b',
] as const;

const byAttribute: Readonly<Record<string, readonly string[]>> = {
  age: ['#56b4e9', '#0072b2', '#e69f00'],
  gender: ['#d55e00', '#0072b2'],
  race: ['#0072b2', '#e69f00', '#009e73', '#5e2a84', '#56b4e9'],
  pitch: ['#0072b2', '#d55e00', '#56b4e9'],
  yaw: ['#009e73', '#e69f00', '#56b4e9'],
};

/** What has no value: unlabelled, in no cluster, no confidence. */
export const NEUTRAL = '#969ca2';

/** Origins by rank: model, data set, rule, person. */
export const ORIGIN_COLOURS = [CATEGORICAL[1], CATEGORICAL[0], CATEGORICAL[3], CATEGORICAL[2]] as const;

/** Colour of every value of an attribute. */
export const valueColours = (attribute: number): readonly string[] => byAttribute[ATTRIBUTES[attribute].name];

/** 0 … 255 from '#rrggbb'. */
export function rgbOf(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/**
 * Many categories (clusters, identities, cohorts): hue by the golden angle, lightness in three steps, so that neighbours
 * in number are far apart in colour. With hundreds of categories colour alone cannot tell all of them apart; the views
 * say so and let one be picked out.
 */
export function manyColours(count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const hue = (i * 137.50776) % 360;
    const lightness = [46, 62, 34][i % 3];
    return hslToHex(hue, 62, lightness);
  });
}

function hslToHex(hue: number, saturation: number, lightness: number): string {
  const s = saturation / 100;
  const l = lightness / 100;
  const a = s * Math.min(l, 1 - l);
  const channel = (n: number): string => {
    const k = (n + hue / 30) % 12;
    const value = l - a * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(255 * value)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}

/** A perceptually even ramp for numbers (cividis-like: blue to yellow, safe for colour-blind readers), t in [0, 1]. */
export function ramp(t: number): [number, number, number] {
  const stops: readonly (readonly [number, number, number])[] = [
    [0, 34, 78],
    [62, 77, 107],
    [124, 123, 120],
    [189, 174, 108],
    [254, 232, 56],
  ];
  const at = Math.max(0, Math.min(1, t)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  const share = at - low;
  return [0, 1, 2].map((c) => Math.round(stops[low][c] + share * (stops[low + 1][c] - stops[low][c]))) as [
    number,
    number,
    number,
  ];
}
