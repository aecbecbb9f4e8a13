import { headDistance, openness, outermost } from './sculpture.ts';

/**
 * The head's mesh: rays from a vertical axis (capsule coordinates) meet the implicit head. Between the brows and the
 * lower lip the rows are level, so that one of them is the line between the lips. The first and the last column
 * coincide at the back of the head.
 */
export interface HeadMesh {
  vertices: number;
  triangles: number;
  rows: number;
  columns: number;
  /** Neutral positions, mm: x, y, z per vertex. */
  positions: Float32Array;
  /** Neutral unit normals. */
  normals: Float32Array;
  indices: Uint16Array;
  /** Ambient openness per vertex, 0 … 1. */
  openness: Float32Array;
  /** Azimuth of each vertex round the axis, radians: 0 in front, +π/2 at the picture's right. */
  azimuth: Float32Array;
  /** Rows that border the line between the lips: upper lip's edge, inside, lower lip's edge. */
  seamRows: readonly [number, number, number];
}

export const AXIS_Z = 5;
const TOP = 42;
const BOTTOM = -84;
/** Height of the line between the lips, mm. */
export const SEAM_Y = -75.3;

function steps(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + ((to - from) * i) / count);
}

function rowList(): { y: number; elevation: number }[] {
  const rows: { y: number; elevation: number }[] = [];
  for (const e of steps(90, 0, 11)) rows.push({ y: TOP, elevation: e });
  const level = [
    ...steps(TOP, 14, 7),
    ...steps(14, -12, 13),
    ...steps(-12, -34, 6),
    ...steps(-34, -56, 10),
    ...steps(-56, SEAM_Y + 1.2, 8),
    SEAM_Y + 0.5,
    SEAM_Y,
    SEAM_Y - 0.5,
    ...steps(SEAM_Y - 1.2, BOTTOM, 4),
  ];
  for (const y of level) rows.push({ y, elevation: 0 });
  for (const e of steps(0, -90, 11)) rows.push({ y: BOTTOM, elevation: e });
  rows.push({ y: BOTTOM, elevation: -90 });
  return rows;
}

function columnList(): number[] {
  const side = [...steps(0, 44, 18), ...steps(44, 92, 9), ...steps(92, 180, 6), 180];
  return [
    ...side
      .slice(1)
      .reverse()
      .map((a) => -a),
    ...side,
  ].map((a) => (a * Math.PI) / 180);
}

function build(): HeadMesh {
  const rows = rowList();
  const columns = columnList();
  const vertices = rows.length * columns.length;
  const positions = new Float32Array(vertices * 3);
  const normals = new Float32Array(vertices * 3);
  const open = new Float32Array(vertices);
  const azimuth = new Float32Array(vertices);
  rows.forEach(({ y, elevation }, r) => {
    const e = (elevation * Math.PI) / 180;
    // Rays from below the mouth start further in front, so that they meet the underside of the jaw.
    const oz = AXIS_Z + (elevation < 0 ? (-elevation / 90) * 22 : 0);
    columns.forEach((angle, c) => {
      const v = (r * columns.length + c) * 3;
      const dx = Math.cos(e) * Math.sin(angle);
      const dy = Math.sin(e);
      const dz = Math.cos(e) * Math.cos(angle);
      const t = outermost(0, y, oz, dx, dy, dz);
      const x = dx * t;
      const yy = y + dy * t;
      const z = oz + dz * t;
      positions[v] = x;
      positions[v + 1] = yy;
      positions[v + 2] = z;
      const h = 0.4;
      const gx = headDistance(x + h, yy, z) - headDistance(x - h, yy, z);
      const gy = headDistance(x, yy + h, z) - headDistance(x, yy - h, z);
      const gz = headDistance(x, yy, z + h) - headDistance(x, yy, z - h);
      const length = Math.hypot(gx, gy, gz) || 1;
      normals[v] = gx / length;
      normals[v + 1] = gy / length;
      normals[v + 2] = gz / length;
      open[v / 3] = openness(x, yy, z, gx / length, gy / length, gz / length);
      azimuth[v / 3] = angle;
    });
  });
  const n = columns.length;
  const indices = new Uint16Array((rows.length - 1) * (n - 1) * 6);
  let at = 0;
  for (let r = 0; r + 1 < rows.length; r++) {
    for (let c = 0; c + 1 < n; c++) {
      const a = r * n + c;
      const b = a + 1;
      const d = a + n;
      const e = d + 1;
      // Counter-clockwise seen from outside (x right, y up); diagonals mirror at the midline.
      if (columns[c] + columns[c + 1] < 0) indices.set([a, d, e, a, e, b], at);
      else indices.set([a, d, b, b, d, e], at);
      at += 6;
    }
  }
  const seam = rows.findIndex((row) => row.elevation === 0 && Math.abs(row.y - SEAM_Y) < 1e-9);
  return {
    vertices,
    triangles: indices.length / 3,
    rows: rows.length,
    columns: n,
    positions,
    normals,
    indices,
    openness: open,
    azimuth,
    seamRows: [seam - 1, seam, seam + 1],
  };
}

let built: HeadMesh | undefined;

/** The mesh, built once per process (some tenths of a second). */
export function headMesh(): HeadMesh {
  built ??= build();
  return built;
}
