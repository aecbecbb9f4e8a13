import { SEAM_Y } from './mesh.ts';

/**
 * What lies where on the neutral face, drawn once: masks over (x, y) in half millimetres, `CHANNELS` bytes per place.
 * Pixels look their place up by the neutral coordinates that the mesh carries.
 */
export const MAP_LEFT = -80;
export const MAP_TOP = 112;
export const MAP_WIDTH = 321;
export const MAP_HEIGHT = 489;
export const MAP_SCALE = 2;
export const CHANNELS = 12;
export const LIPS = 0;
export const BROW = 1;
export const BEARD = 2;
export const MOUSTACHE = 3;
export const BLUSH = 4;
export const WRINKLE_X = 5;
export const WRINKLE_Y = 6;
export const CREASES = 7;
export const SHINE = 8;
export const SHADOW = 9;
export const NOSTRIL = 10;
export const FOLD = 11;

const clamp = (value: number, low = 0, high = 1): number => Math.min(high, Math.max(low, value));
const step = (from: number, to: number, value: number): number => {
  const t = clamp((value - from) / (to - from));
  return t * t * (3 - 2 * t);
};

type Point = readonly [number, number];

/** Distance to a polyline, and how far along it (0 … 1) the nearest place is. */
function along(points: readonly Point[], x: number, y: number): [number, number] {
  let least = Infinity;
  let where = 0;
  for (let i = 0; i + 1 < points.length; i++) {
    const [ax, ay] = points[i];
    const ux = points[i + 1][0] - ax;
    const uy = points[i + 1][1] - ay;
    const t = clamp(((x - ax) * ux + (y - ay) * uy) / (ux * ux + uy * uy));
    const d = Math.hypot(x - ax - t * ux, y - ay - t * uy);
    if (d < least) {
      least = d;
      where = (i + t) / (points.length - 1);
    }
  }
  return [least, where];
}

const BROW_LINE: readonly Point[] = [
  [11.5, 16],
  [22, 19.5],
  [34, 22],
  [44, 21.3],
  [54, 16.5],
];
const NASOLABIAL: readonly Point[] = [
  [16, -41],
  [22, -51],
  [29, -62],
  [34, -74],
];
const MARIONETTE: readonly Point[] = [
  [28.5, -79],
  [31, -90],
  [31, -98],
];
const EYE_BAG: readonly Point[] = [
  [17, -8],
  [25, -14],
  [35, -14.5],
  [45, -9],
];
const CROWS_FEET: readonly (readonly Point[])[] = [
  [
    [50, 2],
    [62, 8],
  ],
  [
    [51, -1],
    [64, 0],
  ],
  [
    [50, -4],
    [62, -9],
  ],
];
const FROWN_LINES: readonly Point[] = [
  [5.5, 13],
  [6.5, 24],
];

/** Height of the skin's wrinkles (mm) at full age: grooves are negative. */
function wrinkles(x: number, y: number): number {
  const groove = (line: readonly Point[], width: number, depth: number): number => {
    // Most places are far from the line: the first test is for speed alone.
    const reach = 4 * width;
    const [first, last] = [line[0], line[line.length - 1]];
    if (
      x < Math.min(first[0], last[0]) - reach ||
      x > Math.max(first[0], last[0]) + reach ||
      y < Math.min(first[1], last[1]) - reach - 6 ||
      y > Math.max(first[1], last[1]) + reach
    ) {
      return 0;
    }
    const [d, t] = along(line, x, y);
    return -depth * Math.exp(-((d / width) ** 2)) * Math.sin(Math.PI * clamp(0.12 + 0.8 * t));
  };
  let h = 0;
  for (const [level, bend] of [
    [32, 4],
    [40.5, 5],
    [49, 5],
    [57, 4],
  ]) {
    const yy = level + bend * Math.cos(x / 13) * 0.35 - (x * x) / 900;
    h -= 0.6 * Math.exp(-(((y - yy) / 1.5) ** 2)) * step(46, 20, x);
  }
  for (const line of CROWS_FEET) h += groove(line, 1.2, 0.55);
  h += groove(NASOLABIAL, 2.4, 1.6);
  h += groove(MARIONETTE, 2, 1.1);
  h += groove(EYE_BAG, 1.8, 0.9);
  h += groove(FROWN_LINES, 1.3, 0.7);
  // Fine lines of the cheek and round the mouth.
  h += 0.05 * Math.sin(x * 1.15 + y * 0.55) * step(34, 44, x) * step(-20, -35, y);
  h += 0.2 * Math.sin(x * 1.9) * step(-60, -64, y) * step(-72, -68, y) * step(20, 14, x);
  return h;
}

function build(): Uint8Array {
  // Heights once, slopes by differences: from a column left of the midline to one right of the edge.
  const half = (MAP_WIDTH >> 1) + 3;
  const relief = new Float32Array((MAP_HEIGHT + 2) * half);
  for (let row = 0; row < MAP_HEIGHT + 2; row++) {
    for (let i = 0; i < half; i++) {
      relief[row * half + i] = wrinkles(Math.abs(i - 1) / MAP_SCALE, MAP_TOP - (row - 1) / MAP_SCALE);
    }
  }
  const map = new Uint8Array(MAP_WIDTH * MAP_HEIGHT * CHANNELS);
  for (let row = 0; row < MAP_HEIGHT; row++) {
    const y = MAP_TOP - row / MAP_SCALE;
    for (let column = 0; column <= MAP_WIDTH >> 1; column++) {
      const signed = MAP_LEFT + column / MAP_SCALE;
      const x = Math.abs(signed);
      const put = (channel: number, value: number, mirrored = value): void => {
        map[(row * MAP_WIDTH + column) * CHANNELS + channel] = Math.round(255 * clamp(value));
        map[(row * MAP_WIDTH + MAP_WIDTH - 1 - column) * CHANNELS + channel] = Math.round(
          255 * clamp(mirrored),
        );
      };
      // Lips: the outline above has a bow, the one below is a plain arc.
      const u = clamp(x / 25.5);
      const top =
        SEAM_Y +
        (x < 6 ? 6.6 + 1.1 * step(0, 6, x) : 7.7 * (1 - ((x - 6) / 19.5) ** 1.25)) * (x > 25.5 ? 0 : 1);
      const bottom = SEAM_Y - 11 * Math.sqrt(Math.max(0, 1 - u * u)) * (1 - 0.25 * u);
      const inside = Math.min(top - y, y - bottom, (25.8 - x) * 0.8);
      put(LIPS, step(-1.3, 1.1, inside));
      const [browD, browT] = y > 4 && y < 36 ? along(BROW_LINE, x, y) : [99, 0];
      const thick = (browT < 0.25 ? 0.75 + browT : 1) * (1 - 0.72 * step(0.55, 1, browT));
      put(BROW, browT >= 1 && browD > 2 ? 0 : 1 - browD / (7.5 * thick));
      // Beard: below a line from the sideburn over the cheek to the corner of the mouth.
      const cheekLine = x < 26 ? -66 : -66 + (x - 26) * 0.35 + Math.max(0, x - 50) * 2.4;
      const aroundMouth = step(1, 4, -inside) * (1 - step(9, 3, Math.hypot(x * 0.7, y + 92)) * 0.35);
      put(BEARD, step(3, -6, y - cheekLine) * aroundMouth);
      const lipTop = step(-56.5, -60, y) * step(SEAM_Y - 1, SEAM_Y + 2, y) * step(29, 22, x);
      // A ring round the mouth, wider at the chin.
      const ring = Math.hypot(x / 27, (y + 80) / 24);
      const around = step(1.22, 1.02, ring) * step(0.62, 0.84, ring) * step(-60, -66, y);
      const goatee = step(23, 13, Math.hypot(x, (y + 104) * 1.25)) * step(-87, -92, y);
      put(MOUSTACHE, Math.max(lipTop, 0.75 * around, goatee) * step(0.4, 2, -inside));
      const cheek = Math.exp(-(((x - 40) / 17) ** 2) - ((y + 36) / 15) ** 2);
      const noseTip = Math.exp(-((x / 11) ** 2) - ((y + 44) / 9) ** 2);
      put(BLUSH, 0.9 * cheek + 0.75 * noseTip + 0.4 * Math.exp(-((x / 14) ** 2) - ((y + 106) / 10) ** 2));
      const r = (row + 1) * half + Math.round(x * MAP_SCALE) + 1;
      const gx = (relief[r + 1] - relief[r - 1]) * (MAP_SCALE / 2);
      const gy = (relief[r - half] - relief[r + half]) * (MAP_SCALE / 2);
      // x was mirrored to the positive side, so the left half has the opposite slope.
      put(WRINKLE_X, 0.5 - gx / 4, 0.5 + gx / 4);
      put(WRINKLE_Y, 0.5 + gy / 4);
      put(CREASES, -0.75 * relief[r]);
      const forehead = Math.exp(-((x / 34) ** 2) - ((y - 40) / 17) ** 2);
      const ridge = Math.exp(-((x / 6) ** 2) - ((y + 24) / 22) ** 2);
      put(SHINE, 0.25 + 0.6 * forehead + 0.7 * ridge + 0.45 * noseTip + 0.45 * cheek);
      const under = Math.exp(-(((x - 31) / 14) ** 2) - ((y + 11) / 5.5) ** 2);
      const lid = Math.exp(-(((x - 33) / 16) ** 2) - ((y - 9) / 5.5) ** 2);
      put(SHADOW, under > lid ? 0.5 - 0.5 * under : 0.5 + 0.5 * lid);
      put(NOSTRIL, step(1.25, 0.7, Math.hypot((x - 6.8) / 3.6, (y + 51.6) / 2)));
      const [foldD, foldT] = y < -28 && y > -90 ? along(NASOLABIAL, x, y) : [99, 0];
      put(FOLD, Math.exp(-((foldD / 2.6) ** 2)) * Math.sin(Math.PI * clamp(0.1 + 0.85 * foldT)));
    }
  }
  return map;
}

let built: Uint8Array | undefined;

/** The map, drawn once per process. */
export function faceMap(): Uint8Array {
  built ??= build();
  return built;
}
