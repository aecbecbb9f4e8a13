import { PIVOT } from './camera.ts';
import { headMesh } from './mesh.ts';
import { CLOUDS, sampleSmooth } from './noise.ts';
import type { FaceParameters, HairStyle } from './parameters.ts';
import { FABRIC, HAIR, HIDDEN, type Scene } from './raster.ts';

type Line = readonly (readonly [number, number])[];

/** Height of the hairline (mm over the eyes) by the angle from the front (degrees). */
const SHORT: Line = [
  [0, 72],
  [20, 75],
  [36, 73],
  [47, 60],
  [57, 36],
  [66, 10],
  [72, -12],
  [82, -16],
  [88, 12],
  [110, -2],
  [124, -40],
  [150, -62],
  [180, -66],
];
const RECEDING: Line = [[0, 92], [18, 100], [34, 104], [48, 70], [60, 30], ...SHORT.slice(5)];
const LONG: Line = [
  [0, 75],
  [22, 73],
  [38, 62],
  [50, 42],
  [60, 14],
  [69, -14],
  [78, -48],
  [90, -70],
  [130, -80],
  [180, -84],
];
const FRINGE: Line = [
  [0, 27],
  [22, 26],
  [40, 20],
  [52, 8],
  [60, -8],
  [70, -30],
  [78, -55],
  [90, -70],
  [180, -84],
];
const HAT: Line = [
  [0, 44],
  [40, 40],
  [70, 28],
  [100, 12],
  [180, -30],
];

interface Style {
  line: Line;
  /** mm: over the crown, over the temples. */
  top: number;
  side: number;
  /** Rough silhouette, mm. */
  rough: number;
  /** Length of what hangs, mm under the eyes, from–to; none without. */
  hangs?: readonly [number, number];
  /** Angle from the front (degrees) at which the hanging part begins. */
  from?: number;
  flare?: number;
}

const STYLES: Readonly<Record<HairStyle, Style | undefined>> = {
  bald: undefined,
  shaved: { line: SHORT, top: 1.6, side: 1.2, rough: 0.2 },
  short: { line: SHORT, top: 9, side: 4, rough: 1.2 },
  'side parting': { line: SHORT, top: 19, side: 6, rough: 1.5 },
  'short curls': { line: SHORT, top: 20, side: 10, rough: 5 },
  receding: { line: RECEDING, top: 5, side: 4.5, rough: 1 },
  'chin length': { line: LONG, top: 11, side: 9, rough: 1.5, hangs: [85, 125], from: 66, flare: 8 },
  'long straight': { line: LONG, top: 9, side: 6, rough: 1, hangs: [170, 260], from: 68, flare: 0 },
  'long wavy': { line: LONG, top: 13, side: 10, rough: 3, hangs: [150, 240], from: 64, flare: 12 },
  'big curls': { line: LONG, top: 30, side: 26, rough: 9, hangs: [90, 160], from: 62, flare: 18 },
  'tied back': { line: SHORT, top: 6, side: 3.5, rough: 0.6 },
  'fringe and long': { line: FRINGE, top: 10, side: 7, rough: 1, hangs: [100, 230], from: 64, flare: 4 },
};

function height(line: Line, degrees: number): number {
  for (let i = 1; i < line.length; i++) {
    if (degrees <= line[i][0]) {
      const t = (degrees - line[i - 1][0]) / (line[i][0] - line[i - 1][0]);
      const s = t * t * (3 - 2 * t);
      return line[i - 1][1] + (line[i][1] - line[i - 1][1]) * (0.5 * t + 0.5 * s);
    }
  }
  return line[line.length - 1][1];
}

/** The face's outline in a headscarf: angle from the front (degrees) by height (mm). */
function scarfEdge(y: number): number {
  if (y > 0) return 62 - (y / 52) * 22;
  if (y > -50) return 62;
  return 62 - ((-50 - y) / 62) * 52;
}

/** A shell over the head's vertices where `edge` says so, `thickness` mm thick. */
function addShell(
  scene: Scene,
  positions: Float32Array,
  rotation: Float64Array,
  material: number,
  edgeOf: (v: number, azimuth: number, x: number, y: number, z: number) => number,
  thickness: (edge: number, azimuth: number, x: number, y: number, z: number) => number,
): void {
  const mesh = headMesh();
  const [r0, r1, r2, r3, r4, r5, r6, r7, r8] = rotation;
  const first = scene.vertices;
  const p = mesh.positions;
  for (let v = 0, o = 0; v < mesh.vertices; v++, o += 3) {
    const azimuth = mesh.azimuth[v];
    const edge = edgeOf(v, azimuth, p[o], p[o + 1], p[o + 2]);
    const t = edge < -12 ? 0 : thickness(edge, azimuth, p[o], p[o + 1], p[o + 2]);
    const x = positions[o] + mesh.normals[o] * t - PIVOT[0];
    const y = positions[o + 1] + mesh.normals[o + 1] * t - PIVOT[1];
    const z = positions[o + 2] + mesh.normals[o + 2] * t - PIVOT[2];
    // Strands run away from the crown; far from it the azimuth is measured on a smaller circle.
    scene.vertex(
      r0 * x + r1 * y + r2 * z,
      r3 * x + r4 * y + r5 * z,
      r6 * x + r7 * y + r8 * z,
      azimuth * 78,
      p[o + 1] - 0.5 * Math.abs(p[o + 2]),
      0,
      0.55 + 0.45 * Math.min(1, Math.max(0, edge / 30)),
      edge,
    );
  }
  const { indices } = mesh;
  for (let i = 0; i < indices.length; i += 3) {
    const a = first + indices[i];
    const b = first + indices[i + 1];
    const c = first + indices[i + 2];
    if (scene.edge[a] < -7 && scene.edge[b] < -7 && scene.edge[c] < -7) continue;
    scene.triangle(a, b, c, material, 0);
    // The shell's triangles follow the head's, which starts the scene: skin under thick hair is never seen.
    if (Math.min(scene.edge[a], scene.edge[b], scene.edge[c]) > 32) scene.thin[i / 3] = HIDDEN;
  }
}

interface Hanging {
  from: number;
  top: number;
  bottom: number;
  out: number;
  flare: number;
  rough: number;
  wave: number;
}

/** What hangs round the head from the temples back: rows fall with gravity although the head is turned. */
function addHanging(
  scene: Scene,
  rotation: Float64Array,
  material: number,
  width: number,
  seed: number,
  hanging: Hanging,
): void {
  const [r0, r1, r2, r3, r4, r5, r6, r7, r8] = rotation;
  const { from, top, bottom, out, flare, rough, wave } = hanging;
  const rows = 18;
  const columns = 45;
  const first = scene.vertices;
  for (let r = 0; r < rows; r++) {
    const t = r / (rows - 1);
    const y = top + (bottom - top) * t;
    const below = Math.max(0, -30 - y);
    const fade = Math.min(1, (top - y) / 25);
    for (let c = 0; c < columns; c++) {
      const s = (2 * c) / (columns - 1) - 1;
      const angle = Math.PI + s * (Math.PI - from);
      const noise = sampleSmooth(CLOUDS, (seed & 255) + c * 5, (seed >> 8) + y * 0.35);
      const curl = wave * Math.sin(y * 0.085 + c * 0.55 + (seed & 7)) * Math.min(1, t * 2.2);
      const bulge =
        out * fade + flare * Math.sin(Math.min(1, t * 1.1) * Math.PI * 0.6) + rough * noise + curl;
      const tuck = Math.min(12, below * 0.1);
      const rx = 71 * width + bulge - tuck;
      const rz = 88 + bulge - Math.min(30, below * 0.22);
      const x = Math.sin(angle) * rx - PIVOT[0];
      const z = -2 + Math.cos(angle) * rz - PIVOT[2];
      const hang = Math.min(y, -10);
      const yy = Math.max(y, -10) - PIVOT[1];
      const drop = y - Math.max(y, -10);
      // Down is half the head's, half the world's.
      const dx = 0.45 * r1 * drop;
      const dy = 0.45 * r4 * drop + 0.55 * drop;
      const dz = 0.45 * r7 * drop;
      const edgeSide = (1 - Math.abs(s)) * (Math.PI - from) * rx;
      const edgeEnd = (y - bottom) * 0.5 - (rough + 2) * (1 + noise) * 0.8 + 2;
      scene.vertex(
        r0 * x + r1 * yy + r2 * z + dx,
        r3 * x + r4 * yy + r5 * z + dy,
        r6 * x + r7 * yy + r8 * z + dz,
        angle * 80 + curl * 0.6,
        y,
        hang,
        0.6 + 0.4 * Math.min(1, edgeSide / 25),
        Math.min(edgeSide, edgeEnd, (top - y) * 2) + 1,
      );
    }
  }
  scene.grid(first, rows, columns, material);
}

function addBall(
  scene: Scene,
  rotation: Float64Array,
  material: number,
  cx: number,
  cy: number,
  cz: number,
  radius: number,
): void {
  const [r0, r1, r2, r3, r4, r5, r6, r7, r8] = rotation;
  const first = scene.vertices;
  const rows = 9;
  const columns = 15;
  for (let r = 0; r < rows; r++) {
    const e = Math.PI * (r / (rows - 1) - 0.5);
    for (let c = 0; c < columns; c++) {
      const a = (2 * Math.PI * c) / (columns - 1);
      const x = cx + radius * Math.cos(e) * Math.sin(a) - PIVOT[0];
      const y = cy - radius * 0.85 * Math.sin(e) - PIVOT[1];
      const z = cz + radius * Math.cos(e) * Math.cos(a) - PIVOT[2];
      scene.vertex(
        r0 * x + r1 * y + r2 * z,
        r3 * x + r4 * y + r5 * z,
        r6 * x + r7 * y + r8 * z,
        a * radius,
        e * radius,
        0,
        0.85,
        20,
      );
    }
  }
  scene.grid(first, rows, columns, material);
}

/** Adds the person's hair, or what is left of it under a hat. */
export function addHair(
  scene: Scene,
  positions: Float32Array,
  rotation: Float64Array,
  face: FaceParameters,
): void {
  const { person, headwear } = face;
  const style = STYLES[person.hairStyle];
  if (style === undefined || headwear === 'headscarf') return;
  const hat = headwear !== 'none';
  const seed = person.texture;
  const volume = person.hairVolume * (face.age > 60 ? 0.8 : 1);
  const wavy = person.hairWave;
  addShell(
    scene,
    positions,
    rotation,
    HAIR,
    (_, azimuth, _x, y) => {
      const degrees = (Math.abs(azimuth) * 180) / Math.PI;
      const side = azimuth * person.parting > 0 ? 1 : -1;
      const front = Math.exp(-((degrees / 42) ** 2));
      const line = height(style.line, degrees) + front * (person.hairline + side * 2.5);
      const wobble = 2.2 * sampleSmooth(CLOUDS, (seed & 255) + azimuth * 34, 7);
      return Math.max(-40, y - line - wobble);
    },
    (edge, azimuth, x, y) => {
      if (hat) return Math.min(3, Math.max(0, edge) * 0.3) + 0.6;
      const up = Math.min(1, Math.max(0, (y - 35) / 60));
      // More hair on one side of the parting.
      const heap = 1 + 0.55 * person.parting * Math.tanh((x - person.parting * 22) / 16) * up;
      const t = (style.side + (style.top - style.side) * up) * volume * heap;
      const noise = sampleSmooth(CLOUDS, (seed & 255) + azimuth * 46, (seed >> 9) + y * 0.75);
      return (
        0.5 + (t + style.rough * noise * volume) * (1 - Math.exp(-Math.max(0, edge + 3) / (4 + t * 0.55)))
      );
    },
  );
  if (style.hangs && face.age > 2) {
    const [short, long] = style.hangs;
    addHanging(scene, rotation, HAIR, person.width, seed, {
      from: (((style.from ?? 66) + 10 * (person.hairLength - 0.5)) * Math.PI) / 180,
      top: hat ? 20 : 52,
      bottom: -(short + (long - short) * person.hairLength),
      out: 4 + style.side * volume * 0.9,
      flare: (style.flare ?? 0) * volume,
      rough: style.rough,
      wave: wavy > 0.25 ? 6 * wavy : 0,
    });
  }
  if (person.hairStyle === 'tied back' && !hat) {
    const high = person.hairLength > 0.5;
    addBall(scene, rotation, HAIR, 0, high ? 112 : 30, high ? -52 : -108, 24 + 10 * person.hairVolume);
  }
}

/** Adds hat or headscarf. */
export function addHeadwear(
  scene: Scene,
  positions: Float32Array,
  rotation: Float64Array,
  face: FaceParameters,
): void {
  const { headwear, person } = face;
  if (headwear === 'none') return;
  if (headwear === 'headscarf') {
    addShell(
      scene,
      positions,
      rotation,
      FABRIC,
      (_, azimuth, _x, y) => {
        const degrees = (Math.abs(azimuth) * 180) / Math.PI;
        return Math.max(y - 56, (degrees - scarfEdge(y)) * 1.2, -108 - y);
      },
      (edge, azimuth, _x, y) =>
        (7 + 1.6 * sampleSmooth(CLOUDS, azimuth * 30, y * 0.5)) * (1 - Math.exp(-Math.max(0, edge + 3) / 4)) +
        0.5,
    );
    addHanging(scene, rotation, FABRIC, person.width, person.texture, {
      from: 1.0,
      top: 40,
      bottom: -260,
      out: 7,
      flare: 16,
      rough: 3,
      wave: 2,
    });
    return;
  }
  const cap = headwear === 'cap';
  addShell(
    scene,
    positions,
    rotation,
    FABRIC,
    (_, azimuth, _x, y) => y - height(HAT, (Math.abs(azimuth) * 180) / Math.PI) + (cap ? -4 : 0),
    (edge, azimuth, _x, y) =>
      (cap ? 7 : 10) * (1 - Math.exp(-Math.max(0, edge + 3) / 3)) +
      (cap ? 0 : 0.8 * Math.sin(azimuth * 60)) +
      (y > 95 ? 4 : 0),
  );
  if (!cap) return;
  const [r0, r1, r2, r3, r4, r5, r6, r7, r8] = rotation;
  const first = scene.vertices;
  for (let r = 0; r < 5; r++) {
    for (let c = 0; c < 19; c++) {
      const s = (2 * c) / 18 - 1;
      const angle = s * 1.05;
      const reach = (r / 4) * 62 * Math.sqrt(Math.max(0, 1 - s * s * 0.92));
      const x = Math.sin(angle) * 76 * person.width - PIVOT[0];
      const y = 47 - reach * 0.18 - 10 * s * s - PIVOT[1];
      const z = 5 + Math.cos(angle) * 84 + reach - PIVOT[2];
      scene.vertex(
        r0 * x + r1 * y + r2 * z,
        r3 * x + r4 * y + r5 * z,
        r6 * x + r7 * y + r8 * z,
        s * 60,
        reach,
        0,
        0.8,
        20,
      );
    }
  }
  scene.grid(first, 5, 19, FABRIC);
}
