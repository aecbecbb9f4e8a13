import { PIVOT } from './camera.ts';
import {
  BEARD,
  CHANNELS,
  faceMap,
  MAP_HEIGHT,
  MAP_LEFT,
  MAP_SCALE,
  MAP_TOP,
  MAP_WIDTH,
  MOUSTACHE,
} from './facemap.ts';
import { headMesh } from './mesh.ts';
import type { FaceParameters } from './parameters.ts';
import { EAR, type Scene, SKIN } from './raster.ts';

let whiskers: Float32Array | undefined;

/** Beard and moustache masks per vertex of the head mesh. */
function whiskerMasks(): Float32Array {
  if (whiskers) return whiskers;
  const { positions, vertices } = headMesh();
  const map = faceMap();
  whiskers = new Float32Array(vertices * 2);
  for (let v = 0; v < vertices; v++) {
    if (positions[v * 3 + 2] < -5) continue;
    const column = Math.round((positions[v * 3] - MAP_LEFT) * MAP_SCALE);
    const row = Math.round((MAP_TOP - positions[v * 3 + 1]) * MAP_SCALE);
    if (column < 0 || column >= MAP_WIDTH || row < 0 || row >= MAP_HEIGHT) continue;
    const at = (row * MAP_WIDTH + column) * CHANNELS;
    whiskers[v * 2] = map[at + BEARD] / 255;
    whiskers[v * 2 + 1] = map[at + MOUSTACHE] / 255;
  }
  return whiskers;
}

/** Adds the shaped head (positions in the head frame, mm) to an empty scene. */
export function addHead(
  scene: Scene,
  positions: Float32Array,
  rotation: Float64Array,
  face: FaceParameters,
): void {
  const mesh = headMesh();
  const masks = whiskerMasks();
  const beard = Math.max(0, face.beard - 0.3) * 16;
  const moustache = Math.max(0, face.moustache - 0.3) * 8;
  const [r0, r1, r2, r3, r4, r5, r6, r7, r8] = rotation;
  const { position, place, open, edge, index, material } = scene;
  const neutral = mesh.positions;
  for (let v = 0, o = 0; v < mesh.vertices; v++, o += 3) {
    const out = beard * masks[v * 2] + moustache * masks[v * 2 + 1];
    const x = positions[o] + mesh.normals[o] * out - PIVOT[0];
    const y = positions[o + 1] + mesh.normals[o + 1] * out - PIVOT[1];
    const z = positions[o + 2] + mesh.normals[o + 2] * out - PIVOT[2];
    position[o] = r0 * x + r1 * y + r2 * z;
    position[o + 1] = r3 * x + r4 * y + r5 * z;
    position[o + 2] = r6 * x + r7 * y + r8 * z;
    place[o] = neutral[o];
    place[o + 1] = neutral[o + 1];
    place[o + 2] = neutral[o + 2];
    open[v] = mesh.openness[v];
    edge[v] = 1;
  }
  index.set(mesh.indices, 0);
  material.fill(SKIN, 0, mesh.triangles);
  scene.thin.fill(0, 0, mesh.triangles);
  scene.vertices = mesh.vertices;
  scene.triangles = mesh.triangles;
}

/** Adds both ears: bent discs with a raised rim and a deep shell. */
export function addEars(scene: Scene, width: number, rotation: Float64Array, face: FaceParameters): void {
  const { earSize, earAngle } = face.person;
  const [r0, r1, r2, r3, r4, r5, r6, r7, r8] = rotation;
  const rings = 7;
  const spokes = 18;
  for (const sign of [-1, 1]) {
    const first = scene.vertices;
    const sin = Math.sin(earAngle);
    const cos = Math.cos(earAngle);
    for (let ring = 0; ring <= rings; ring++) {
      const r = ring / rings;
      for (let s = 0; s <= spokes; s++) {
        const angle = (2 * Math.PI * s) / spokes;
        // A pear: wide above, narrow at the lobe.
        const b = Math.sin(angle) * r * 29 * earSize;
        const breadth = 14.5 + 2.5 * Math.sin(angle);
        const a = 12 + Math.cos(angle) * r * breadth * earSize - Math.sin(angle) * r * 3;
        const rim = 3.6 * Math.exp(-(((r - 0.86) / 0.13) ** 2)) - 5.5 * Math.exp(-((r / 0.42) ** 2));
        const fold = 2.2 * Math.exp(-(((r - 0.55) / 0.12) ** 2)) * Math.max(0, Math.cos(angle - 0.5));
        const n = 3 + rim + fold - (r > 0.95 ? 3 : 0);
        const x = sign * (70 * width + a * sin + n * cos) - PIVOT[0];
        const y = -11 + b - 0.12 * a - PIVOT[1];
        const z = -2 - a * cos + n * sin - 0.16 * -b - PIVOT[2];
        const open = 0.45 + 0.55 * Math.min(1, Math.abs(r - 0.1) * 0.9 + (rim > 1 ? 0.35 : 0));
        scene.vertex(
          r0 * x + r1 * y + r2 * z,
          r3 * x + r4 * y + r5 * z,
          r6 * x + r7 * y + r8 * z,
          a,
          b,
          r,
          Math.min(1, open),
        );
      }
    }
    scene.grid(first, rings + 1, spokes + 1, EAR);
  }
}
