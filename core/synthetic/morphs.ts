import { AXIS_Z, headMesh, SEAM_Y } from './mesh.ts';

/**
 * Displacement fields over the neutral head: each is a bell round one place (and its mirror image) that moves or
 * stretches what lies there. One unit is about one standard deviation among adults (shape), or the full expression.
 */
interface Field {
  at: readonly [number, number, number];
  reach: readonly [number, number, number];
  /** mm; x is mirrored with the place. */
  move?: readonly [number, number, number];
  /** Share by which the neighbourhood grows about the place. */
  stretch?: readonly [number, number, number];
  /** +1 mirrored (default), −1 mirrored with the opposite sign (asymmetry), 0 not mirrored. */
  mirror?: 1 | 0 | -1;
  /** Only above (1) or below (−1) the line between the lips. */
  lip?: 1 | -1;
}

export const SHAPE_FIELDS = {
  foreheadHeight: [{ at: [0, 75, 40], reach: [90, 35, 90], move: [0, 5, 0] }],
  foreheadSlope: [{ at: [0, 55, 85], reach: [60, 28, 45], move: [0, 0, -4.5] }],
  temples: [{ at: [64, 38, 38], reach: [26, 36, 45], move: [3.2, 0, 0] }],
  jawWidth: [{ at: [50, -78, 18], reach: [30, 36, 48], move: [5, 0, 0] }],
  jawHeight: [{ at: [44, -92, 30], reach: [26, 22, 40], move: [0, -4, 0] }],
  chinLength: [{ at: [0, -114, 72], reach: [34, 24, 36], move: [0, -4.5, 0.5] }],
  chinProjection: [{ at: [0, -108, 80], reach: [28, 18, 30], move: [0, 0, 4] }],
  chinWidth: [{ at: [14, -110, 78], reach: [16, 16, 26], move: [3.5, 0, 0] }],
  cheekbones: [{ at: [54, -20, 46], reach: [24, 17, 32], move: [3.6, 0.5, 2.2] }],
  cheekFullness: [{ at: [42, -54, 50], reach: [24, 24, 32], move: [3.6, 0, 3] }],
  noseLength: [{ at: [0, -42, 100], reach: [18, 19, 28], move: [0, -3.6, 0] }],
  noseWidth: [{ at: [14, -44, 92], reach: [10, 10, 18], move: [2.8, 0, 0] }],
  noseBridge: [{ at: [0, -8, 92], reach: [11, 20, 20], move: [0, 0, 3.6] }],
  noseBridgeWidth: [{ at: [9, -12, 86], reach: [8, 20, 14], move: [1.8, 0, 0] }],
  noseProjection: [{ at: [0, -42, 106], reach: [15, 12, 18], move: [0, 0, 4] }],
  noseTip: [{ at: [0, -42, 108], reach: [10, 8, 14], move: [0, 2.8, 0] }],
  noseBulb: [{ at: [5, -41, 106], reach: [7, 8, 12], move: [1.8, 0, 0.6] }],
  noseHump: [{ at: [0, -18, 100], reach: [6, 9, 12], move: [0, 0, 2.3] }],
  eyeSpacing: [{ at: [32, 0, 74], reach: [20, 15, 28], move: [1.9, 0, 0] }],
  eyeSize: [{ at: [32, 0, 74], reach: [22, 13, 25], stretch: [0.07, 0.1, 0] }],
  eyeTilt: [
    { at: [46, 0, 70], reach: [11, 10, 20], move: [0, 1.7, 0] },
    { at: [18, 0, 76], reach: [9, 9, 20], move: [0, -1.1, 0] },
  ],
  eyeDepth: [{ at: [32, 2, 80], reach: [19, 13, 22], move: [0, 0, -2.6] }],
  lidFullness: [{ at: [33, 9, 82], reach: [17, 6, 14], move: [0, -0.7, 2.4] }],
  browHeight: [{ at: [33, 20, 85], reach: [28, 9, 22], move: [0, 2.4, 0] }],
  browRidge: [{ at: [26, 17, 88], reach: [24, 9, 18], move: [0, -0.6, 3.2] }],
  browTilt: [
    { at: [50, 20, 76], reach: [13, 10, 20], move: [0, 2.2, 0] },
    { at: [14, 18, 88], reach: [10, 9, 18], move: [0, -1.2, 0] },
  ],
  upperLip: [{ at: [0, -69.5, 95], reach: [20, 5, 14], move: [0, 1.5, 1.5] }],
  lowerLip: [{ at: [0, -83, 92], reach: [18, 6, 14], move: [0, -1.8, 1.7] }],
  mouthWidth: [{ at: [26, -75, 82], reach: [13, 10, 20], move: [2.6, 0, -0.6] }],
  mouthHeight: [{ at: [0, -77, 88], reach: [42, 15, 34], move: [0, 2.3, 0] }],
  mouthProjection: [{ at: [0, -75, 86], reach: [32, 20, 30], move: [0, 0, 3] }],
  mouthCorners: [{ at: [26, -75, 82], reach: [10, 8, 18], move: [0, 1.3, 0] }],
  nasolabial: [{ at: [24, -58, 80], reach: [10, 14, 18], move: [0, 0, -1.6] }],
  noseBent: [{ at: [0, -38, 102], reach: [14, 20, 24], move: [1.2, 0, 0], mirror: 0 }],
  mouthShift: [{ at: [0, -77, 90], reach: [32, 16, 30], move: [1, 0, 0], mirror: 0 }],
  eyesUneven: [{ at: [32, 4, 78], reach: [20, 18, 25], move: [0, 0.8, 0], mirror: -1 }],
  jawUneven: [{ at: [44, -84, 30], reach: [30, 34, 44], move: [1.6, 0, 0], mirror: -1 }],
} as const satisfies Record<string, readonly Field[]>;

export const AGE_FIELDS = {
  /** Child's proportions, 1 at about four years. */
  child: [
    { at: [0, -100, 60], reach: [75, 46, 75], move: [0, 20, -7] },
    { at: [0, -112, 78], reach: [26, 18, 28], move: [0, 2, -4] },
    { at: [50, -80, 18], reach: [30, 36, 48], move: [-7, 3, 0] },
    { at: [0, -42, 104], reach: [18, 20, 26], move: [0, 7, -9] },
    { at: [14, -44, 92], reach: [10, 10, 18], move: [-2.2, 0, 0] },
    { at: [0, -10, 94], reach: [12, 18, 20], move: [0, 0, -6.5] },
    { at: [32, 0, 74], reach: [25, 16, 26], stretch: [0.24, 0.42, 0] },
    { at: [38, -50, 56], reach: [25, 22, 32], move: [3, 0, 9] },
    { at: [0, 62, 70], reach: [75, 36, 75], move: [0, 8, 8] },
    { at: [60, 50, 0], reach: [40, 60, 90], move: [5, 2, 0] },
    { at: [26, 17, 88], reach: [26, 9, 18], move: [0, 3, -3.5] },
    { at: [26, -75, 82], reach: [14, 11, 20], move: [-4.5, 2, 0] },
    { at: [0, -75, 92], reach: [26, 11, 20], move: [0, 3, 1.5] },
  ],
  /** Sagging and loss of volume, 1 at about seventy-five years. */
  old: [
    { at: [40, -98, 42], reach: [18, 20, 34], move: [2.6, -5, 1.5] },
    { at: [46, -48, 48], reach: [17, 20, 26], move: [-2, -2, -4.2] },
    { at: [24, -60, 84], reach: [9, 15, 18], move: [0, -1, 2.2] },
    { at: [0, -42, 104], reach: [17, 18, 26], move: [0, -3.4, 0] },
    { at: [0, -75, 95], reach: [26, 10, 18], move: [0, 0, -3.2] },
    { at: [40, 10, 80], reach: [14, 7, 16], move: [0, -2.6, 1.8] },
    { at: [33, -13, 82], reach: [13, 6, 14], move: [0, -1, 2.2] },
    { at: [62, 30, 40], reach: [20, 30, 34], move: [-2.6, 0, 0] },
  ],
} as const satisfies Record<string, readonly Field[]>;

export const EXPRESSION_FIELDS = {
  smile: [
    { at: [26, -75, 82], reach: [13, 12, 22], move: [6, 4.5, -3.5] },
    { at: [40, -42, 62], reach: [18, 16, 26], move: [1, 4, 4] },
    { at: [32, -12, 80], reach: [18, 7, 16], move: [0, 1.6, 1] },
    { at: [0, -72, 95], reach: [16, 7, 14], move: [0, 1, -2] },
  ],
  open: [
    { at: [0, -92, 78], reach: [44, 32, 60], move: [0, -15, -4], lip: -1 },
    { at: [0, -72, 94], reach: [17, 6, 16], move: [0, 1.6, 0], lip: 1 },
  ],
  pucker: [
    { at: [24, -75, 84], reach: [14, 13, 22], move: [-7, 0, 2] },
    { at: [0, -76, 94], reach: [16, 11, 18], move: [0, 0, 4] },
  ],
  browsUp: [{ at: [32, 22, 84], reach: [32, 14, 26], move: [0, 4.5, 0] }],
  frown: [
    { at: [15, 18, 88], reach: [12, 11, 18], move: [-2.6, -3.6, 1.2] },
    { at: [26, -75, 82], reach: [11, 9, 20], move: [0, -2.6, 0] },
  ],
} as const satisfies Record<string, readonly Field[]>;

export type ShapeName = keyof typeof SHAPE_FIELDS;
export type ExpressionName = keyof typeof EXPRESSION_FIELDS;
export const SHAPE_NAMES = Object.keys(SHAPE_FIELDS) as ShapeName[];
export const EXPRESSION_NAMES = Object.keys(EXPRESSION_FIELDS) as ExpressionName[];
const AGE_NAMES = Object.keys(AGE_FIELDS) as (keyof typeof AGE_FIELDS)[];

/** Displacements of the vertices that a field reaches. */
interface Morph {
  vertices: Uint16Array;
  offsets: Float32Array;
}

/** How much of a one-sided field a point takes: all or nothing between the lips, half beyond their corners. */
function lipShare(lip: 1 | -1 | undefined, side: number, x: number): number {
  if (lip === undefined) return 1;
  const t = Math.min(1, Math.max(0, (Math.abs(x) - 17) / 11));
  const beyond = t * t * (3 - 2 * t);
  const own = side === 0 ? 0.5 : side === lip ? 1 : 0;
  return own + (0.5 - own) * beyond * (side === lip ? 0.8 : 1);
}

function displacement(
  fields: readonly Field[],
  x: number,
  y: number,
  z: number,
  side: number,
  out: number[],
): void {
  out[0] = 0;
  out[1] = 0;
  out[2] = 0;
  for (const field of fields) {
    const mirror = field.mirror ?? 1;
    const places = field.at[0] === 0 || mirror === 0 ? [1] : [1, -1];
    for (const sign of places) {
      const cx = field.at[0] * sign;
      const dx = (x - cx) / field.reach[0];
      const dy = (y - field.at[1]) / field.reach[1];
      const dz = (z - field.at[2]) / field.reach[2];
      const w = Math.exp(-(dx * dx + dy * dy + dz * dz));
      if (w < 0.004) continue;
      const share = w * lipShare(field.lip, side, x) * (sign < 0 ? mirror || 1 : 1);
      if (field.move) {
        out[0] += share * field.move[0] * (mirror === -1 ? 1 : sign);
        out[1] += share * field.move[1];
        out[2] += share * field.move[2];
      }
      if (field.stretch) {
        out[0] += share * field.stretch[0] * (x - cx);
        out[1] += share * field.stretch[1] * (y - field.at[1]);
        out[2] += share * field.stretch[2] * (z - field.at[2]);
      }
    }
  }
}

function morphOf(fields: readonly Field[]): Morph {
  const mesh = headMesh();
  const vertices: number[] = [];
  const offsets: number[] = [];
  const d = [0, 0, 0];
  for (let v = 0; v < mesh.vertices; v++) {
    const y = mesh.positions[v * 3 + 1];
    const row = Math.floor(v / mesh.columns);
    const side = row < mesh.seamRows[1] ? 1 : row > mesh.seamRows[1] ? -1 : 0;
    displacement(fields, mesh.positions[v * 3], y, mesh.positions[v * 3 + 2], side, d);
    if (Math.abs(d[0]) + Math.abs(d[1]) + Math.abs(d[2]) < 0.01) continue;
    vertices.push(v);
    offsets.push(d[0], d[1], d[2]);
  }
  return { vertices: Uint16Array.from(vertices), offsets: Float32Array.from(offsets) };
}

let morphs: { shape: Morph[]; age: Morph[]; expression: Morph[] } | undefined;

function allMorphs(): NonNullable<typeof morphs> {
  morphs ??= {
    shape: SHAPE_NAMES.map((name) => morphOf(SHAPE_FIELDS[name])),
    age: AGE_NAMES.map((name) => morphOf(AGE_FIELDS[name])),
    expression: EXPRESSION_NAMES.map((name) => morphOf(EXPRESSION_FIELDS[name])),
  };
  return morphs;
}

function add(out: Float32Array, morph: Morph, weight: number): void {
  if (weight === 0) return;
  const { vertices, offsets } = morph;
  for (let i = 0, o = 0; i < vertices.length; i++, o += 3) {
    const v = vertices[i] * 3;
    out[v] += weight * offsets[o];
    out[v + 1] += weight * offsets[o + 1];
    out[v + 2] += weight * offsets[o + 2];
  }
}

/** What shapes one head in one picture. */
export interface HeadShape {
  /** One value per `SHAPE_NAMES`. */
  shape: ArrayLike<number>;
  /** Widths and lengths of the whole: factors on x and on y below the eyes. */
  width: number;
  length: number;
  child: number;
  old: number;
  /** One value per `EXPRESSION_NAMES`, 0 … 1. */
  expression: ArrayLike<number>;
}

/** Writes the morphed positions (mm, head frame) of all vertices into `out` (3 per vertex). */
export function shapeHead(head: HeadShape, out: Float32Array): void {
  const mesh = headMesh();
  const { shape, age, expression } = allMorphs();
  out.set(mesh.positions);
  for (let i = 0; i < shape.length; i++) add(out, shape[i], head.shape[i]);
  add(out, age[0], head.child);
  add(out, age[1], head.old);
  for (let i = 0; i < expression.length; i++) add(out, expression[i], head.expression[i]);
  // An open mouth is deep: the row between the lips goes back.
  const inner = mesh.seamRows[1] * mesh.columns;
  for (let c = 0; c < mesh.columns; c++) {
    const v = (inner + c) * 3;
    const gap = out[v - mesh.columns * 3 + 1] - out[v + mesh.columns * 3 + 1];
    if (mesh.positions[v + 2] > 60) out[v + 2] -= Math.max(0, gap - 1) * 0.5;
  }
  for (let v = 0; v < mesh.vertices * 3; v += 3) {
    out[v] *= head.width;
    const y = out[v + 1];
    if (y < 0) out[v + 1] = y * head.length;
    out[v + 2] = AXIS_Z + (out[v + 2] - AXIS_Z) * (0.35 + 0.65 * head.width);
  }
}

/** Whether a neutral point lies inside the mouth, by its height alone. */
export const INSIDE_MOUTH = { top: SEAM_Y + 0.5, bottom: SEAM_Y - 0.5 } as const;
