import { type Lids, lowerLid, upperLid } from './eye.ts';
import { headMesh, SEAM_Y } from './mesh.ts';

/**
 * The 68 landmarks in iBUG's order as places on the neutral face, (x, y) in mm; outline points carry their depth
 * too. The subject's right side (the picture's left) comes first, as iBUG has it.
 */
const OUTLINE: readonly (readonly [number, number, number])[] = [
  [-71, -4, 12],
  [-70, -22, 13],
  [-66, -40, 15],
  [-60, -58, 20],
  [-53, -76, 28],
  [-44, -92, 40],
  [-32, -105, 56],
  [-17, -114, 70],
  [0, -117.5, 76],
];
const LEFT: readonly (readonly [number, number])[] = [
  [-53, 17.5],
  [-45, 23],
  [-35, 23.5],
  [-24, 21],
  [-14, 17],
];
const RIGHT_EYE: readonly (readonly [number, number])[] = [
  [-46.5, 0.4],
  [-37.5, 5],
  [-27, 5],
  [-17.5, -2.2],
  [-27, -5.2],
  [-37.5, -5],
];
const UPPER_OUTER: readonly (readonly [number, number])[] = [
  [-25.5, SEAM_Y],
  [-15.5, -70.5],
  [-5.8, -67.6],
  [0, -68.7],
];
const LOWER_OUTER: readonly (readonly [number, number])[] = [
  [0, -86.3],
  [-8, -85.6],
  [-16.5, -82],
];
const flip = ([x, y]: readonly [number, number]): readonly [number, number] => [-x, y];

/** A point of the mesh: a triangle and the weights of its corners. */
export interface Anchor {
  a: number;
  b: number;
  c: number;
  wa: number;
  wb: number;
  wc: number;
}

function nearestVertex(x: number, y: number, z: number): Anchor {
  const { positions, vertices } = headMesh();
  let best = 0;
  let least = Infinity;
  for (let v = 0; v < vertices; v++) {
    const d = (positions[v * 3] - x) ** 2 + (positions[v * 3 + 1] - y) ** 2 + (positions[v * 3 + 2] - z) ** 2;
    if (d < least) {
      least = d;
      best = v;
    }
  }
  return { a: best, b: best, c: best, wa: 1, wb: 0, wc: 0 };
}

/** The foremost point of the neutral face over (x, y). */
export function anchorAt(x: number, y: number): Anchor {
  const { positions: p, indices, triangles } = headMesh();
  let best: Anchor | undefined;
  let front = -Infinity;
  for (let t = 0; t < triangles; t++) {
    const a = indices[t * 3];
    const b = indices[t * 3 + 1];
    const c = indices[t * 3 + 2];
    const ax = p[a * 3] - x;
    const ay = p[a * 3 + 1] - y;
    const bx = p[b * 3] - x;
    const by = p[b * 3 + 1] - y;
    const cx = p[c * 3] - x;
    const cy = p[c * 3 + 1] - y;
    const wa = bx * cy - by * cx;
    const wb = cx * ay - cy * ax;
    const wc = ax * by - ay * bx;
    const sum = wa + wb + wc;
    if (sum <= 1e-9 || wa < -1e-9 || wb < -1e-9 || wc < -1e-9) continue;
    const z = (wa * p[a * 3 + 2] + wb * p[b * 3 + 2] + wc * p[c * 3 + 2]) / sum;
    if (z <= front) continue;
    front = z;
    best = { a, b, c, wa: wa / sum, wb: wb / sum, wc: wc / sum };
  }
  if (best === undefined) throw new RangeError(`No part of the face lies over (${x}, ${y}).`);
  return best;
}

interface Anchors {
  landmarks: Anchor[];
  eyes: [Anchor, Anchor];
  /** High over and deep under the lids, at the eight places where landmarks lie on them. */
  lids: { at: number; x: number; high: Anchor; low: Anchor }[];
}

/** mm over and under the line of the eyes. */
const LID_SPAN = 7;
const LID_MARKS = [37, 38, 40, 41, 43, 44, 46, 47];

let anchors: Anchors | undefined;

function allAnchors(): Anchors {
  if (anchors) return anchors;
  const outline = [
    ...OUTLINE,
    ...OUTLINE.slice(0, -1)
      .reverse()
      .map(([x, y, z]) => [-x, y, z] as const),
  ].map(([x, y, z]) => nearestVertex(x, y, z));
  const lip = { upper: SEAM_Y + 0.5, lower: SEAM_Y - 0.5 };
  const face: (readonly [number, number])[] = [
    ...LEFT,
    ...[...LEFT].reverse().map(flip),
    [0, 1],
    [0, -12],
    [0, -26],
    [0, -41],
    [-13, -50],
    [-7, -52],
    [0, -54],
    [7, -52],
    [13, -50],
    ...RIGHT_EYE,
    ...[3, 2, 1, 0, 5, 4].map((i) => flip(RIGHT_EYE[i])),
    ...UPPER_OUTER,
    ...UPPER_OUTER.slice(0, 3).reverse().map(flip),
    ...[...LOWER_OUTER].reverse().slice(0, 2).map(flip),
    LOWER_OUTER[0],
    ...LOWER_OUTER.slice(1),
    [-21, SEAM_Y],
    [-8, lip.upper],
    [0, lip.upper],
    [8, lip.upper],
    [21, SEAM_Y],
    [8, lip.lower],
    [0, lip.lower],
    [-8, lip.lower],
  ];
  anchors = {
    landmarks: [...outline, ...face.map(([x, y]) => anchorAt(x, y))],
    eyes: [anchorAt(-32, 0), anchorAt(32, 0)],
    lids: LID_MARKS.map((at) => {
      const x = face[at - 17][0];
      return { at, x: Math.abs(x), high: anchorAt(x, LID_SPAN), low: anchorAt(x, -LID_SPAN) };
    }),
  };
  return anchors;
}

function place(
  positions: Float32Array,
  { a, b, c, wa, wb, wc }: Anchor,
  out: Float64Array,
  at: number,
): void {
  for (let k = 0; k < 3; k++)
    out[at + k] = wa * positions[a * 3 + k] + wb * positions[b * 3 + k] + wc * positions[c * 3 + k];
}

export const LANDMARK_COUNT = 68;

/** 68×3 landmark positions (mm) on a shaped head. */
export function landmarksOf(positions: Float32Array): Float64Array {
  const out = new Float64Array(LANDMARK_COUNT * 3);
  allAnchors().landmarks.forEach((anchor, i) => {
    place(positions, anchor, out, i * 3);
  });
  return out;
}

/** Moves the landmarks on the lids (in 68×3 positions) to where this picture's lids are. */
export function openLids(positions: Float32Array, lids: Lids, landmarks: Float64Array): void {
  const high = new Float64Array(3);
  const low = new Float64Array(3);
  for (const lid of allAnchors().lids) {
    place(positions, lid.high, high, 0);
    place(positions, lid.low, low, 0);
    const upper = lid.at === 37 || lid.at === 38 || lid.at === 43 || lid.at === 44;
    const y = upper ? upperLid(lids, lid.x) : lowerLid(lids, lid.x);
    const t = (y + LID_SPAN) / (2 * LID_SPAN);
    for (let k = 0; k < 3; k++) {
      const flat = low[k] + (high[k] - low[k]) * t;
      // The ball stands out between the two; its depth is the neutral landmark's.
      landmarks[lid.at * 3 + k] = k === 2 ? Math.max(flat, landmarks[lid.at * 3 + k]) : flat;
    }
  }
}

/** 5×3: the middle of either eye (the picture's left one first), tip of the nose, corners of the mouth. */
export function fivePointsOf(positions: Float32Array): Float64Array {
  const { landmarks, eyes } = allAnchors();
  const out = new Float64Array(15);
  [eyes[0], eyes[1], landmarks[30], landmarks[48], landmarks[54]].forEach((anchor, i) => {
    place(positions, anchor, out, i * 3);
  });
  return out;
}
