import { collar } from './body.ts';
import { INNER_X, lidsOf, lowerLid, OUTER_X, upperLid } from './eye.ts';
import {
  BEARD,
  BLUSH,
  BROW,
  CHANNELS,
  CREASES,
  FOLD,
  faceMap,
  LIPS,
  MAP_HEIGHT,
  MAP_LEFT,
  MAP_SCALE,
  MAP_TOP,
  MAP_WIDTH,
  MOUSTACHE,
  NOSTRIL,
  SHADOW,
  SHINE,
  WRINKLE_X,
  WRINKLE_Y,
} from './facemap.ts';
import { SEAM_Y } from './mesh.ts';
import { EXPRESSION_NAMES } from './morphs.ts';
import { CLOUDS, GRAIN, sample, sampleSmooth } from './noise.ts';
import type { FaceParameters } from './parameters.ts';
import { CLOTH, EAR, FABRIC, FRAME, HAIR, NECK, type Scene, SKIN, type Visible } from './raster.ts';
import { greyShare, hairColour, irisColour, type Rgb, skinColour } from './skin.ts';

const clamp01 = (value: number): number => Math.min(1, Math.max(0, value));
function step(from: number, to: number, value: number): number {
  const t = clamp01((value - from) / (to - from));
  return t * t * (3 - 2 * t);
}

/** Whether a triangle of the head lies where every sample counts: eyes and mouth. */
function detailed(scene: Scene, t: number): boolean {
  const o = scene.index[t * 3] * 3;
  const z = scene.place[o + 2];
  if (z < 40) return false;
  const side = Math.abs(scene.place[o]);
  const y = scene.place[o + 1];
  return (side > 14 && side < 51 && y > -9 && y < 13) || (side < 29 && y > -85 && y < -66);
}

/** What a surface is like at one pixel; reused for all of them. */
interface Surface {
  r: number;
  g: number;
  b: number;
  nx: number;
  ny: number;
  nz: number;
  open: number;
  /** Strength and tightness of the highlight. */
  gloss: number;
  power: number;
  /** How far light creeps round edges in the skin, 0 … 1. */
  soft: number;
}

/** The part of a person's look that is the same for all pixels of a picture. */
export class Shader {
  readonly #face: FaceParameters;
  readonly #rotation: Float64Array;
  readonly #map = faceMap();
  readonly #skin: Rgb;
  readonly #lips: Rgb;
  readonly #hair: Rgb;
  readonly #brow: Rgb;
  readonly #iris: Rgb;
  readonly #lids: ReturnType<typeof lidsOf>;
  readonly #old: number;
  readonly #smile: number;
  readonly #gap: number;
  /** How much the brows crease the forehead, 0 … 1. */
  readonly #lined: number;
  readonly #ox: number;
  readonly #oy: number;
  readonly #frame: Rgb;
  /** Towards the light; halfway between it and the viewer. */
  readonly #key: Float64Array;
  readonly #half: Float64Array;
  readonly #shadow: number;
  readonly #surface: Surface = {
    r: 0,
    g: 0,
    b: 0,
    nx: 0,
    ny: 0,
    nz: 1,
    open: 1,
    gloss: 0,
    power: 8,
    soft: 0,
  };

  /** @param gap mm between the lips */
  constructor(face: FaceParameters, rotation: Float64Array, gap: number) {
    const { person } = face;
    this.#face = face;
    this.#rotation = rotation;
    this.#key = Float64Array.from(face.light.direction);
    const [hx, hy, hz] = [this.#key[0], this.#key[1], this.#key[2] + 1];
    this.#half = Float64Array.of(hx, hy, hz).map((value) => value / Math.hypot(hx, hy, hz));
    this.#shadow = 0.35 + 0.6 * face.light.hardness;
    this.#gap = gap;
    this.#smile = face.expression[EXPRESSION_NAMES.indexOf('smile')];
    this.#lined = Math.max(
      face.expression[EXPRESSION_NAMES.indexOf('frown')],
      face.expression[EXPRESSION_NAMES.indexOf('browsUp')],
    );
    this.#skin = skinColour(person.melanin, person.haemoglobin, person.carotene);
    const lip = skinColour(
      person.melanin * 0.95 + 0.1,
      person.haemoglobin + 0.75 + 0.55 * person.lipRedness,
      0.3,
    );
    const stick: Rgb = [
      0.5 + 0.1 * person.lipRedness,
      0.035 + 0.1 * person.roughness,
      0.06 + 0.08 * person.roughness,
    ];
    this.#lips = lip.map((value, k) => value + (stick[k] - value) * 0.85 * face.lipstick) as Rgb;
    const grey = greyShare(face);
    this.#hair = hairColour(person.hairDark, person.hairRed, grey);
    this.#brow = hairColour(Math.min(1, person.hairDark * 0.8 + 0.22), person.hairRed * 0.7, grey * 0.75);
    this.#iris = irisColour(person.iris, person.irisTint);
    this.#lids = lidsOf(face, this.#smile);
    this.#old = clamp01((face.age - 28) / 50);
    this.#ox = person.texture & 255;
    this.#oy = (person.texture >> 8) & 255;
    const f = (person.texture >> 16) % 4;
    this.#frame = f === 0 ? [0.35, 0.28, 0.14] : f === 1 ? [0.1, 0.04, 0.02] : [0.015, 0.015, 0.018];
  }

  /**
   * Shades every visible pixel into `out` (linear RGB, 3 per pixel); pixels without a surface are left alone. Blocks
   * of 2×2 on one smooth, plain surface are shaded once: they become one pixel of the picture anyway.
   */
  shade(scene: Scene, visible: Visible, pixelsPerMm: number, out: Float32Array): void {
    const { size, depth, triangle } = visible;
    const { material } = scene;
    const flat = 5 / pixelsPerMm;
    for (let y = 0; y < size; y += 2) {
      for (let x = 0; x < size; x += 2) {
        const p = y * size + x;
        const q = p + size;
        const t0 = triangle[p];
        const t1 = triangle[p + 1];
        const t2 = triangle[q];
        const t3 = triangle[q + 1];
        if (t0 >= 0 && t1 >= 0 && t2 >= 0 && t3 >= 0) {
          const kind = material[t0];
          const z = depth[p];
          if (
            material[t1] === kind &&
            material[t2] === kind &&
            material[t3] === kind &&
            Math.abs(depth[p + 1] - z) < flat &&
            Math.abs(depth[q] - z) < flat &&
            Math.abs(depth[q + 1] - z) < flat &&
            !(kind === SKIN && detailed(scene, t0))
          ) {
            this.#pixel(scene, visible, pixelsPerMm, p, out);
            const o = p * 3;
            const u = q * 3;
            out[o + 3] = out[u] = out[u + 3] = out[o];
            out[o + 4] = out[u + 1] = out[u + 4] = out[o + 1];
            out[o + 5] = out[u + 2] = out[u + 5] = out[o + 2];
            continue;
          }
        }
        if (t0 >= 0) this.#pixel(scene, visible, pixelsPerMm, p, out);
        if (t1 >= 0) this.#pixel(scene, visible, pixelsPerMm, p + 1, out);
        if (t2 >= 0) this.#pixel(scene, visible, pixelsPerMm, q, out);
        if (t3 >= 0) this.#pixel(scene, visible, pixelsPerMm, q + 1, out);
      }
    }
  }

  #pixel(scene: Scene, visible: Visible, pixelsPerMm: number, at: number, out: Float32Array): void {
    const { size, depth, triangle, weightB, weightC } = visible;
    const { index, normal, place, open, material } = scene;
    const { light, grease } = this.#face;
    const key = this.#key;
    const half = this.#half;
    const lx = key[0];
    const ly = key[1];
    const lz = key[2];
    const surface = this.#surface;
    const t = triangle[at];
    const wb = weightB[at];
    const wc = weightC[at];
    const wa = 1 - wb - wc;
    const a = index[t * 3];
    const b = index[t * 3 + 1];
    const c = index[t * 3 + 2];
    const a3 = a * 3;
    const b3 = b * 3;
    const c3 = c * 3;
    let nx = wa * normal[a3] + wb * normal[b3] + wc * normal[c3];
    let ny = wa * normal[a3 + 1] + wb * normal[b3 + 1] + wc * normal[c3 + 1];
    let nz = wa * normal[a3 + 2] + wb * normal[b3 + 2] + wc * normal[c3 + 2];
    const length = Math.sqrt(nx * nx + ny * ny + nz * nz) || 1;
    const kind = material[t];
    const flip = nz < 0 && kind !== SKIN ? -1 / length : 1 / length;
    nx *= flip;
    ny *= flip;
    nz *= flip;
    const u = wa * place[a3] + wb * place[b3] + wc * place[c3];
    const v = wa * place[a3 + 1] + wb * place[b3 + 1] + wc * place[c3 + 1];
    const w = wa * place[a3 + 2] + wb * place[b3 + 2] + wc * place[c3 + 2];
    surface.nx = nx;
    surface.ny = ny;
    surface.nz = nz;
    surface.open = wa * open[a] + wb * open[b] + wc * open[c];
    if (kind === SKIN) this.#skinAt(u, v, w, surface);
    else if (kind === HAIR) this.#hairAt(u, v, surface);
    else if (kind === NECK) this.#neckAt(u, v, surface);
    else if (kind === EAR) this.#earAt(w, surface);
    else this.#plainAt(kind, u, v, surface);

    // Shadow: walk towards the light over the depths.
    let lit = 1;
    const ndl = surface.nx * lx + surface.ny * ly + surface.nz * lz;
    if (ndl > -0.35) {
      const x = at % size;
      const y = (at - x) / size;
      const z = depth[at];
      let reach = 3;
      for (let i = 0; i < 6; i++) {
        const sx = Math.floor(x + 0.5 + lx * reach * pixelsPerMm);
        const sy = Math.floor(y + 0.5 - ly * reach * pixelsPerMm);
        if (sx < 0 || sy < 0 || sx >= size || sy >= size) break;
        const over = depth[sy * size + sx] - (z + lz * reach);
        if (over > 1.2 + reach * 0.06 && over < 45) {
          lit = Math.min(lit, clamp01(1 - (over - 1.2) * 0.3) * 0.5 + reach * 0.006);
        }
        reach *= 1.62;
      }
    }
    const shadow = 1 - this.#shadow * (1 - Math.min(1, lit));
    const s = surface.soft;
    const fr = clamp01((ndl + 0.34 * s) / (1 + 0.34 * s));
    const fg = clamp01((ndl + 0.16 * s) / (1 + 0.16 * s));
    const fb = clamp01((ndl + 0.11 * s) / (1 + 0.11 * s));
    const up = 0.5 + 0.5 * surface.ny;
    const ao = (0.22 + 0.78 * surface.open) * (0.6 + 0.4 * clamp01(surface.nz * 0.5 + 0.6));
    const rim =
      clamp01(surface.nx * light.rimSide * 0.9 - surface.nz * 0.55 + 0.1) *
      (0.5 + 0.5 * clamp01(surface.ny + 0.5));
    // Light that comes back between close surfaces is coloured by them, so occlusion is redder on skin.
    const aoG = ao * (1 - 0.25 * s * (1 - ao));
    const r =
      light.key[0] * fr * shadow +
      (light.ground[0] + (light.sky[0] - light.ground[0]) * up) * ao +
      light.rim[0] * rim;
    const g =
      light.key[1] * fg * shadow +
      (light.ground[1] + (light.sky[1] - light.ground[1]) * up) * aoG +
      light.rim[1] * rim;
    const bl =
      light.key[2] * fb * shadow +
      (light.ground[2] + (light.sky[2] - light.ground[2]) * up) * aoG +
      light.rim[2] * rim;
    let high = 0;
    if (surface.gloss > 0 && ndl > 0) {
      const ndh = surface.nx * half[0] + surface.ny * half[1] + surface.nz * half[2];
      if (ndh > 0.5) high = surface.gloss * ndh ** surface.power * shadow;
    }
    // The sky mirrors at grazing angles.
    const graze =
      (1 - clamp01(surface.nz)) ** 3 * surface.open * 0.06 * (0.4 + grease) * (surface.gloss > 0 ? 1 : 0);
    const o = at * 3;
    out[o] = surface.r * r + light.key[0] * high + light.sky[0] * graze;
    out[o + 1] = surface.g * g + light.key[1] * high + light.sky[1] * graze;
    out[o + 2] = surface.b * bl + light.key[2] * high + light.sky[2] * graze;
  }

  #skinAt(x: number, y: number, z: number, s: Surface): void {
    const { person, grease, age } = this.#face;
    const skin = this.#skin;
    s.soft = 1 - 0.5 * person.melanin;
    s.power = 14;
    s.gloss = 0.05 + 0.1 * grease;
    const side = x < 0 ? -x : x;
    const mottle =
      sample(CLOUDS, this.#ox + x * 1.6, this.#oy + y * 1.6) *
      (0.035 + 0.05 * person.roughness * (0.4 + this.#old));
    const pore = sample(GRAIN, this.#ox + x * 5, this.#oy + y * 5) * 0.028 * (0.5 + person.roughness);
    const tone = 1 + mottle + pore;
    s.r = skin[0] * (tone + 0.02 * mottle);
    s.g = skin[1] * tone;
    s.b = skin[2] * tone;
    if (person.freckles > 0.12 && y < 20 && y > -75) {
      const f = sampleSmooth(GRAIN, this.#oy + x * 2.3, this.#ox + y * 2.3);
      const dots = step(0.42, 0.62, f) * person.freckles * Math.exp(-(((y + 22) / 26) ** 2)) * 0.42;
      s.r *= 1 - dots * 0.6;
      s.g *= 1 - dots;
      s.b *= 1 - dots * 1.1;
    }
    if (z < -8) return;
    const column = Math.round((x - MAP_LEFT) * MAP_SCALE);
    const row = Math.round((MAP_TOP - y) * MAP_SCALE);
    if (column < 0 || column >= MAP_WIDTH || row < 0 || row >= MAP_HEIGHT) return;
    const map = this.#map;
    const at = (row * MAP_WIDTH + column) * CHANNELS;

    if (this.#face.occlusion === 'mask' && this.#maskAt(x, y, side, s)) return;
    if (y <= SEAM_Y + 0.5 && y >= SEAM_Y - 0.5 && side < 25) {
      this.#mouthAt(x, y, s);
      return;
    }
    if (y < 16 && y > -13 && side > INNER_X - 5 && side < OUTER_X + 8 && this.#eyeAt(x, y, side, s)) return;

    // Redness, eye shadow, lips.
    const blush =
      (map[at + BLUSH] / 255) * (0.16 + 0.28 * person.haemoglobin) * (0.4 + 0.6 * (1 - person.melanin));
    s.g *= 1 - blush * 0.55;
    s.b *= 1 - blush * 0.45;
    const shade = map[at + SHADOW] / 127.5 - 1;
    if (shade < 0) {
      const ring = -shade * (0.1 + 0.22 * this.#old + 0.1 * person.roughness);
      s.r *= 1 - ring * 0.8;
      s.g *= 1 - ring;
      s.b *= 1 - ring * 0.75;
    } else if (shade > 0) {
      const paint = shade * this.#face.eyeshadow * 0.75;
      s.r *= 1 - paint * (0.35 + 0.5 * person.lipRedness);
      s.g *= 1 - paint * 0.75;
      s.b *= 1 - paint * (0.8 - 0.5 * person.lipRedness);
    }
    const lips = map[at + LIPS] / 255;
    if (lips > 0) {
      const crack = 1 + 0.1 * sample(GRAIN, this.#ox + x * 6, y * 1.2);
      const k = lips * 0.95;
      const dark = y > SEAM_Y ? 0.82 : 1;
      s.r += (this.#lips[0] * crack * dark - s.r) * k;
      s.g += (this.#lips[1] * crack * dark - s.g) * k;
      s.b += (this.#lips[2] * crack * dark - s.b) * k;
      s.gloss += lips * (0.06 + 0.3 * this.#face.lipstick * grease);
      s.power = 14 + 22 * lips;
      const line = Math.exp(-(((y - SEAM_Y) / 1.4) ** 2)) * step(27, 22, side) * 0.5;
      s.r *= 1 - line;
      s.g *= 1 - line;
      s.b *= 1 - line;
    }
    const nostril = map[at + NOSTRIL] / 255;
    if (nostril > 0) {
      s.r *= 1 - 0.8 * nostril;
      s.g *= 1 - 0.88 * nostril;
      s.b *= 1 - 0.88 * nostril;
      s.gloss *= 1 - nostril;
    }
    // Wrinkles: slopes turn the normal, grooves darken.
    const old = this.#old * (0.75 + 0.5 * person.roughness);
    const lined = old + (y > 10 ? 0.25 * this.#lined * clamp01((age - 12) / 20) : 0);
    const fold = (map[at + FOLD] / 255) * Math.max(0.1 + 0.4 * old, 0.65 * this.#smile);
    if (lined > 0.02 || fold > 0.02) {
      const gx = ((map[at + WRINKLE_X] - 127.5) / 127.5) * 2 * 1.35 * lined;
      const gy = ((map[at + WRINKLE_Y] - 127.5) / 127.5) * 2 * 1.35 * lined;
      const r = this.#rotation;
      s.nx -= gx * r[0] + gy * r[1];
      s.ny -= gx * r[3] + gy * r[4];
      s.nz -= gx * r[6] + gy * r[7];
      const l = 1 / Math.sqrt(s.nx * s.nx + s.ny * s.ny + s.nz * s.nz);
      s.nx *= l;
      s.ny *= l;
      s.nz *= l;
      const dark = Math.min(0.6, (map[at + CREASES] / 255) * 0.5 * lined + 0.34 * fold);
      s.r *= 1 - dark * 0.75;
      s.g *= 1 - dark;
      s.b *= 1 - dark;
      if (old > 0.5) {
        const spots =
          step(0.3, 0.6, sampleSmooth(CLOUDS, this.#oy + x * 4, this.#ox + y * 4)) * (old - 0.5) * 0.3;
        s.r *= 1 - spots * 0.6;
        s.g *= 1 - spots;
        s.b *= 1 - spots;
      }
    }
    s.gloss *= 0.4 + 1.1 * (map[at + SHINE] / 255);
    this.#whiskersAt(x, y, map[at + BEARD] / 255, map[at + MOUSTACHE] / 255, s);
    this.#browAt(x, y, side, s);
  }

  /** A medical mask: cloth from the bridge of the nose to under the chin, with pleats. */
  #maskAt(x: number, y: number, side: number, s: Surface): boolean {
    const top = -27 - 0.0045 * side * side + (side < 12 ? 3 : 0);
    const strap = side > 50 && Math.abs(y + 44 - (side - 50) * 1.4) < 1.3;
    const edge = 58 - Math.abs(y + 70) * 0.12;
    if (!strap && (y > top || side > edge)) return false;
    const pleat = Math.sin((y + 0.004 * side * side) * 0.5);
    const cloth = 1 + 0.06 * pleat + 0.03 * sample(GRAIN, x * 4, y * 4);
    const colour = this.#face.fabric;
    // Most masks are pale.
    s.r = (0.45 + 0.3 * colour[0]) * cloth;
    s.g = (0.55 + 0.3 * colour[1]) * cloth;
    s.b = (0.6 + 0.3 * colour[2]) * cloth;
    s.ny += 0.25 * Math.cos((y + 0.004 * side * side) * 0.5);
    s.open = Math.max(0.75, s.open);
    s.gloss = 0;
    s.soft = 0;
    return true;
  }

  #whiskersAt(x: number, y: number, beardMask: number, moustacheMask: number, s: Surface): void {
    const { beard, moustache } = this.#face;
    if (this.#face.person.gender === 0 || this.#face.age < 16) return;
    // Even a shaved chin is a little darker.
    const base = 0.1 * clamp01((this.#face.age - 16) / 6) * this.#face.person.hairDark;
    const amount = Math.max(
      beardMask * Math.max(base, beard),
      moustacheMask * Math.max(base, moustache, beard),
    );
    if (amount < 0.02) return;
    const hair = 0.5 + 0.5 * sample(GRAIN, this.#ox + x * 5, this.#oy + y * 2.6);
    const cover = clamp01(amount * 1.9 * (0.45 + 0.85 * hair) * step(0, 0.5, amount + 0.25 * hair)) * 0.94;
    const colour = this.#hair;
    const lit = 0.7 + 0.6 * hair;
    s.r += (colour[0] * lit - s.r) * cover;
    s.g += (colour[1] * lit - s.g) * cover;
    s.b += (colour[2] * lit - s.b) * cover;
    s.soft *= 1 - 0.7 * cover;
    s.gloss *= 1 - 0.6 * cover;
    const bump = (hair - 0.5) * 0.5 * cover * amount;
    s.nx += bump;
  }

  #browAt(x: number, y: number, side: number, s: Surface): void {
    const { person } = this.#face;
    if (y < 6 || y > 36 || side > 60) return;
    const raised = y - person.browArch * Math.exp(-(((side - 40) / 13) ** 2));
    const row = Math.round((MAP_TOP - raised) * MAP_SCALE);
    const column = Math.round((x - MAP_LEFT) * MAP_SCALE);
    const value = this.#map[(row * MAP_WIDTH + column) * CHANNELS + BROW] / 255;
    if (value <= 0) return;
    const t = 1 - (1 - value) / (person.browThickness * 0.85);
    if (t <= 0) return;
    const hair = 0.5 + 0.5 * sample(GRAIN, this.#ox + side * 3.2 + y * 2.2, this.#oy + y * 1.1 - side * 0.6);
    const cover = step(0.02, 0.62, t) * person.browDensity * (0.62 + 0.5 * hair);
    const k = clamp01(cover) * 0.9;
    s.r += (this.#brow[0] - s.r) * k;
    s.g += (this.#brow[1] - s.g) * k;
    s.b += (this.#brow[2] - s.b) * k;
    s.gloss *= 1 - k;
  }

  #mouthAt(x: number, y: number, s: Surface): void {
    const gap = this.#gap;
    const f = SEAM_Y + 0.5 - y;
    const from = f * gap;
    const arch = 1 - (x / 26) ** 2;
    s.soft = 0.3;
    s.gloss = 0;
    s.open = 0.7;
    if (gap > 1.6 && from < Math.min(7.5, gap * 0.75) * Math.max(0, arch) && from > 0.25) {
      const tooth = Math.abs(((((x / 7.4) % 1) + 1) % 1) - 0.5);
      const between = 1 - 0.35 * step(0.42, 0.5, tooth);
      const back = 0.35 + 0.65 * arch;
      const yellow = 0.06 + 0.1 * this.#old;
      s.r = 0.74 * between * back;
      s.g = 0.7 * between * back * (1 - 0.4 * yellow);
      s.b = 0.63 * between * back * (1 - yellow * 2);
      s.gloss = 0.12;
      s.power = 30;
      s.open = 0.8;
      // Teeth face forward however deep the mouth's row lies.
      s.nx = this.#rotation[2];
      s.ny = this.#rotation[5];
      s.nz = this.#rotation[8];
      return;
    }
    const tongue = gap > 5 ? step(0.55, 0.9, f) * Math.max(0, arch) : 0;
    const closed = gap < 1.6 ? 0.55 : 0.22;
    s.r = this.#lips[0] * closed * 0.5 + 0.26 * tongue;
    s.g = this.#lips[1] * closed * 0.35 + 0.06 * tongue;
    s.b = this.#lips[2] * closed * 0.35 + 0.06 * tongue;
    s.open = 0.55;
  }

  /** Paints eyeball, lashes and crease; true when the pixel is inside the eye. */
  #eyeAt(x: number, y: number, side: number, s: Surface): boolean {
    const { person, light, eyeshadow, blink } = this.#face;
    const lids = this.#lids;
    const upper = upperLid(lids, side);
    const lower = lowerLid(lids, side);
    const within = side > INNER_X + lids.fold * 1.8 && side < OUTER_X;
    if (within && y < upper && y > lower) {
      const ex = side - 32;
      const sign = x < 0 ? -1 : 1;
      const gx = sign * 12 * Math.sin((this.#face.gazeX * Math.PI) / 180);
      const gy = 12 * Math.sin((this.#face.gazeY * Math.PI) / 180) * 0.7 + 0.5;
      const dx = ex - gx;
      const dy = y - gy;
      const d = Math.sqrt(dx * dx + dy * dy);
      const size = person.irisSize;
      if (d < size) {
        const ring = d / size;
        const fibre = 1 + 0.3 * sample(GRAIN, Math.atan2(dy, dx) * 20 + 40, d * 3);
        const limbus = 1 - 0.65 * step(0.78, 1, ring);
        const glow = 0.75 + 0.6 * step(3, -4, dy) * ring;
        const k = fibre * limbus * glow;
        const pupil = step(2.5, 2.0, d);
        s.r = this.#iris[0] * k * (1 - pupil) + 0.006;
        s.g = this.#iris[1] * k * (1 - pupil) + 0.006;
        s.b = this.#iris[2] * k * (1 - pupil) + 0.006;
      } else {
        const vein = 0.03 * sampleSmooth(CLOUDS, this.#ox + x * 5, y * 5);
        s.r = 0.74 - vein;
        s.g = 0.69 - 2 * vein;
        s.b = 0.66 - 2 * vein;
        const corner = step(INNER_X + 4.5, INNER_X + 1, side);
        s.r += (0.55 - s.r) * corner;
        s.g += (0.28 - s.g) * corner;
        s.b += (0.25 - s.b) * corner;
      }
      const overhang = 0.42 + 0.58 * step(0, 3.4, upper - y);
      const edges = 0.62 + 0.38 * step(INNER_X, INNER_X + 6, side) * step(OUTER_X, OUTER_X - 6, side);
      s.r *= overhang * edges;
      s.g *= overhang * edges;
      s.b *= overhang * edges;
      s.soft = 0.4;
      s.open = 0.85;
      s.gloss = 0;
      // The ball is rounder than the mesh that stands for it.
      const r = this.#rotation;
      const bx = ((x < 0 ? -1 : 1) * ex) / 22;
      const by = y / 26;
      s.nx = r[0] * bx + r[1] * by + r[2];
      s.ny = r[3] * bx + r[4] * by + r[5];
      s.nz = r[6] * bx + r[7] * by + r[8];
      const l = 1 / Math.sqrt(s.nx * s.nx + s.ny * s.ny + s.nz * s.nz);
      s.nx *= l;
      s.ny *= l;
      s.nz *= l;
      const cx = ex * (x < 0 ? -1 : 1) - gx * sign - light.direction[0] * 2.6;
      const cy = dy - Math.max(0.6, light.direction[1] * 3.2);
      const spot = step(1.35, 0.7, Math.sqrt(cx * cx + cy * cy));
      if (spot > 0 && blink < 0.6) {
        s.r += spot * 0.9;
        s.g += spot * 0.9;
        s.b += spot * 0.9;
      }
      return true;
    }
    if (side < INNER_X - 1 || side > OUTER_X + 5) return false;
    // Lashes along the upper lid, a faint line along the lower one, the crease above.
    const lashes = person.gender === 0 ? 0.75 + 0.25 * this.#face.person.makeup : 0.5;
    const thick = 0.9 + (person.gender === 0 ? 0.45 : 0) + 1.1 * eyeshadow;
    const tail = side > OUTER_X ? 1 - (side - OUTER_X) / 5 : 1;
    const above = y - upper;
    if (above > -0.4 && above < 4) {
      const line =
        step(thick + 0.7, thick - 0.3, above) * lashes * tail * step(INNER_X - 0.5, INNER_X + 3, side);
      s.r *= 1 - 0.9 * line;
      s.g *= 1 - 0.92 * line;
      s.b *= 1 - 0.92 * line;
      s.gloss *= 1 - line;
    }
    if (within || side > OUTER_X) {
      const below = lower - y;
      if (below > -0.3 && below < 2.2) {
        const line = step(1.5, 0.2, below) * (0.28 + 0.35 * eyeshadow) * tail;
        s.r *= 1 - 0.75 * line;
        s.g *= 1 - line;
        s.b *= 1 - line;
      }
    }
    const crease = above - (3 + 1.4 * person.crease) * (1 - 0.35 * blink);
    const depth =
      Math.exp(-((crease / 0.95) ** 2)) * person.crease * 0.48 * step(INNER_X, INNER_X + 5, side) * tail;
    s.r *= 1 - depth * 0.8;
    s.g *= 1 - depth;
    s.b *= 1 - depth;
    return false;
  }

  #hairAt(u: number, v: number, s: Surface): void {
    const wave = this.#face.person.hairWave;
    const bend = wave > 0.25 ? 5 * wave * Math.sin(v * 0.12 + u * 0.03) : 0;
    const curl = wave > 0.6 ? wave - 0.35 : 0;
    const fine = sampleSmooth(GRAIN, this.#ox + (u + bend) * 2.4, this.#oy + v * (0.16 + 1.5 * curl));
    const lock = sample(CLOUDS, this.#ox + (u + bend) * 1.3, this.#oy + v * (0.12 + 1.1 * curl));
    const tone = Math.max(0.25, 1 + 0.32 * fine + 0.38 * lock);
    s.r = this.#hair[0] * tone;
    s.g = this.#hair[1] * tone;
    s.b = this.#hair[2] * tone;
    const r = this.#rotation;
    const tilt = 0.3 * lock + 0.16 * fine;
    s.nx += tilt * r[0];
    s.ny += tilt * r[3] + (curl > 0 ? 0.3 * fine : 0);
    s.nz += tilt * r[6];
    const l = 1 / Math.sqrt(s.nx * s.nx + s.ny * s.ny + s.nz * s.nz);
    s.nx *= l;
    s.ny *= l;
    s.nz *= l;
    s.open *= 0.72 + 0.28 * clamp01(0.6 + 0.6 * lock);
    s.soft = 0.35;
    s.gloss = (0.05 + 0.06 * (1 - curl)) * (0.6 + 0.4 * fine);
    s.power = 11;
  }

  #neckAt(u: number, v: number, s: Surface): void {
    const angle = u / 60;
    const depth = (this.#face.person.texture >> 4) % 5 === 0 ? 45 : 8 + (this.#face.person.texture % 14);
    if (v < collar(angle, depth)) {
      this.#plainAt(CLOTH, u * 1.5, v, s);
      return;
    }
    const [r, g, b] = this.#skin;
    const mottle =
      1 + 0.05 * sampleSmooth(CLOUDS, this.#ox + u, v) - 0.1 * this.#old * sample(GRAIN, u, v * 1.4) * 0.5;
    s.r = r * mottle * 0.95;
    s.g = g * mottle * 0.93;
    s.b = b * mottle * 0.92;
    s.soft = 1 - 0.5 * this.#face.person.melanin;
    s.gloss = 0.03;
    s.power = 10;
  }

  #earAt(ring: number, s: Surface): void {
    const [r, g, b] = this.#skin;
    const red = 1 - 0.14 * step(0.3, 1, ring);
    s.r = r;
    s.g = g * red * 0.94;
    s.b = b * red * 0.94;
    s.soft = 1;
    s.gloss = 0.05;
    s.power = 12;
  }

  #plainAt(kind: number, u: number, v: number, s: Surface): void {
    s.soft = 0;
    s.power = 20;
    if (kind === FRAME) {
      [s.r, s.g, s.b] = this.#frame;
      s.gloss = 0.35;
      s.power = 24;
      return;
    }
    const [r, g, b] = kind === FABRIC ? this.#face.fabric : this.#face.clothing;
    const knit = kind === FABRIC && this.#face.headwear === 'beanie';
    const weave =
      1 +
      0.1 * sampleSmooth(CLOUDS, this.#ox + u * 1.3, v * 1.3) +
      (knit
        ? 0.14 * Math.sin(u * 1.5) + 0.1 * sample(GRAIN, u * 3, v * 3)
        : 0.05 * sample(GRAIN, u * 4, v * 4));
    s.r = r * weave;
    s.g = g * weave;
    s.b = b * weave;
    s.gloss = 0.012;
  }
}
