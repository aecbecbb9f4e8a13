/**
 * A z-buffered triangle rasteriser over one growing scene. Each covered pixel keeps the nearest triangle and its
 * weights; shading comes later, once per visible pixel.
 */
export const SKIN = 1;
export const EAR = 2;
export const NECK = 3;
export const CLOTH = 4;
export const HAIR = 5;
export const FABRIC = 6;
export const FRAME = 7;

/** In `Scene.thin`: something opaque lies wholly over the triangle. */
export const HIDDEN = 2;

/** Whether a point of a cut-out material is there; `edge` is its interpolated vertex value, (u, v) its place. */
export type Cutout = (edge: number, u: number, v: number) => boolean;

export class Scene {
  vertices = 0;
  triangles = 0;
  /** Head-centred camera coordinates, mm. */
  readonly position: Float32Array;
  readonly normal: Float32Array;
  /** Where a vertex lies on its material (mm): the neutral face for skin, along and across the strands for hair. */
  readonly place: Float32Array;
  /** Ambient openness 0 … 1. */
  readonly open: Float32Array;
  /** Cut-out value: the material is there where it is above a threshold. */
  readonly edge: Float32Array;
  readonly screen: Float32Array;
  readonly index: Uint16Array;
  readonly material: Uint8Array;
  /** 1 where the back of a triangle can be seen, HIDDEN where the triangle need not be drawn. */
  readonly thin: Uint8Array;

  constructor(vertices = 40_000, triangles = 60_000) {
    this.position = new Float32Array(vertices * 3);
    this.normal = new Float32Array(vertices * 3);
    this.place = new Float32Array(vertices * 3);
    this.open = new Float32Array(vertices);
    this.edge = new Float32Array(vertices);
    this.screen = new Float32Array(vertices * 2);
    this.index = new Uint16Array(triangles * 3);
    this.material = new Uint8Array(triangles);
    this.thin = new Uint8Array(triangles);
  }

  reset(): void {
    this.vertices = 0;
    this.triangles = 0;
  }

  /** Adds a vertex and gives its number; its normal comes from `computeNormals`. */
  vertex(x: number, y: number, z: number, u: number, v: number, w: number, open = 1, edge = 1): number {
    const i = this.vertices++;
    const o = i * 3;
    this.position[o] = x;
    this.position[o + 1] = y;
    this.position[o + 2] = z;
    this.place[o] = u;
    this.place[o + 1] = v;
    this.place[o + 2] = w;
    this.open[i] = open;
    this.edge[i] = edge;
    return i;
  }

  triangle(a: number, b: number, c: number, material: number, thin = 1): void {
    const o = this.triangles * 3;
    this.index[o] = a;
    this.index[o + 1] = b;
    this.index[o + 2] = c;
    this.thin[this.triangles] = thin;
    this.material[this.triangles++] = material;
  }

  /** A grid of rows × columns vertices that were added row by row, starting at `first`. */
  grid(first: number, rows: number, columns: number, material: number): void {
    for (let r = 0; r + 1 < rows; r++) {
      for (let c = 0; c + 1 < columns; c++) {
        const a = first + r * columns + c;
        this.triangle(a, a + columns, a + 1, material);
        this.triangle(a + 1, a + columns, a + columns + 1, material);
      }
    }
  }

  /** Area-weighted unit normals of the vertices from `first` on, by the triangles from `firstTriangle` on. */
  computeNormals(first: number, firstTriangle: number): void {
    const { position: p, normal: n, index } = this;
    n.fill(0, first * 3, this.vertices * 3);
    for (let t = firstTriangle; t < this.triangles; t++) {
      const a = index[t * 3] * 3;
      const b = index[t * 3 + 1] * 3;
      const c = index[t * 3 + 2] * 3;
      const ux = p[b] - p[a];
      const uy = p[b + 1] - p[a + 1];
      const uz = p[b + 2] - p[a + 2];
      const vx = p[c] - p[a];
      const vy = p[c + 1] - p[a + 1];
      const vz = p[c + 2] - p[a + 2];
      const nx = uy * vz - uz * vy;
      const ny = uz * vx - ux * vz;
      const nz = ux * vy - uy * vx;
      n[a] += nx;
      n[a + 1] += ny;
      n[a + 2] += nz;
      n[b] += nx;
      n[b + 1] += ny;
      n[b + 2] += nz;
      n[c] += nx;
      n[c + 1] += ny;
      n[c + 2] += nz;
    }
    for (let o = first * 3; o < this.vertices * 3; o += 3) {
      const length = Math.sqrt(n[o] * n[o] + n[o + 1] * n[o + 1] + n[o + 2] * n[o + 2]) || 1;
      n[o] /= length;
      n[o + 1] /= length;
      n[o + 2] /= length;
    }
  }
}

export class Visible {
  readonly size: number;
  readonly depth: Float32Array;
  readonly triangle: Int32Array;
  readonly weightB: Float32Array;
  readonly weightC: Float32Array;

  constructor(size: number) {
    this.size = size;
    this.depth = new Float32Array(size * size);
    this.triangle = new Int32Array(size * size);
    this.weightB = new Float32Array(size * size);
    this.weightC = new Float32Array(size * size);
  }

  clear(): void {
    this.depth.fill(-1e9);
    this.triangle.fill(-1);
  }

  /**
   * Draws the scene's triangles [from, to), back faces only of thin ones; `cutout` decides per pixel for materials
   * that have holes.
   */
  draw(scene: Scene, from: number, to: number, cutout?: Cutout): void {
    const { size, depth, triangle, weightB, weightC } = this;
    const { screen, position, index, edge, place, thin } = scene;
    for (let t = from; t < to; t++) {
      if (thin[t] === HIDDEN) continue;
      const a = index[t * 3];
      const b = index[t * 3 + 1];
      const c = index[t * 3 + 2];
      const ax = screen[a * 2];
      const ay = screen[a * 2 + 1];
      const bx = screen[b * 2];
      const by = screen[b * 2 + 1];
      const cx = screen[c * 2];
      const cy = screen[c * 2 + 1];
      // Screen y points down, so a front face (counter-clockwise with y up) has a negative area here.
      const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
      if (area === 0 || (area > 0 && thin[t] === 0)) continue;
      const x0 = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
      const x1 = Math.min(size - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
      const y0 = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
      const y1 = Math.min(size - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
      if (x0 > x1 || y0 > y1) continue;
      const inverse = 1 / area;
      const za = position[a * 3 + 2];
      const zb = position[b * 3 + 2] - za;
      const zc = position[c * 3 + 2] - za;
      const bdx = (cy - ay) * inverse;
      const bdy = -(cx - ax) * inverse;
      const cdx = -(by - ay) * inverse;
      const cdy = (bx - ax) * inverse;
      for (let y = y0; y <= y1; y++) {
        const py = y + 0.5 - ay;
        const px = x0 + 0.5 - ax;
        let wb = px * bdx + py * bdy;
        let wc = px * cdx + py * cdy;
        let at = y * size + x0;
        for (let x = x0; x <= x1; x++, at++, wb += bdx, wc += cdx) {
          if (wb < -1e-6 || wc < -1e-6 || wb + wc > 1.000001) continue;
          const z = za + wb * zb + wc * zc;
          if (z <= depth[at]) continue;
          if (cutout) {
            const wa = 1 - wb - wc;
            const e = wa * edge[a] + wb * edge[b] + wc * edge[c];
            const u = wa * place[a * 3] + wb * place[b * 3] + wc * place[c * 3];
            const v = wa * place[a * 3 + 1] + wb * place[b * 3 + 1] + wc * place[c * 3 + 1];
            if (!cutout(e, u, v)) continue;
          }
          depth[at] = z;
          triangle[at] = t;
          weightB[at] = wb;
          weightC[at] = wc;
        }
      }
    }
  }
}
