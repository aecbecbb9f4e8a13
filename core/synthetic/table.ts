import { EXPRESSION_NAMES } from './morphs.ts';
import type { RenderedFace } from './render.ts';

const LABELS = ['age_years', 'age', 'gender', 'race', 'pitch', 'yaw', 'roll'];
const POINTS = Array.from({ length: 5 }, (_, i) => [`p${i + 1}x`, `p${i + 1}y`]).flat();
const LANDMARKS = Array.from({ length: 68 }, (_, i) => [`l${i + 1}x`, `l${i + 1}y`]).flat();
const BOX = ['box_x', 'box_y', 'box_w', 'box_h'];

/** What was varied beside the attributes, one column each. */
function nuisances({ parameters: f }: RenderedFace): [string, string | number][] {
  const round = (value: number): number => Math.round(value * 1000) / 1000;
  return [
    ['hair', f.person.hairStyle],
    ['glasses', f.glasses],
    ['headwear', f.headwear],
    ['occlusion', f.occlusion],
    ['background', f.background],
    ...EXPRESSION_NAMES.map((name, i): [string, number] => [name, round(f.expression[i])]),
    ['blink', round(f.blink)],
    ['gaze_x', round(f.gazeX)],
    ['gaze_y', round(f.gazeY)],
    ['beard', round(f.beard)],
    ['moustache', round(f.moustache)],
    ['melanin', round(f.person.melanin)],
    ['light_x', round(f.light.direction[0])],
    ['light_y', round(f.light.direction[1])],
    ['light_hardness', round(f.light.hardness)],
    ['exposure', round(f.exposure)],
    ['noise', round(f.noise)],
    ['blur', round(f.blur)],
    ['framing', round(f.framing)],
    ['distance', Math.round(f.distance)],
  ];
}

const pixel = (value: number): number => Math.round(value * 100) / 100;
const degrees = (value: number): number => Math.round(value * 1000) / 1000;

/** The columns of faces.csv, in order. Angles in degrees, places in pixels, attributes as cohort digits. */
export function columnsOf(face: RenderedFace): string[] {
  return [
    'file',
    'identity',
    ...LABELS,
    ...POINTS,
    ...LANDMARKS,
    ...BOX,
    ...nuisances(face).map(([name]) => name),
  ];
}

/** One line of faces.csv without its end. No value holds a comma or a quote. */
export function rowOf(file: string, identity: string, face: RenderedFace): string {
  const { parameters, values } = face;
  return [
    file,
    identity,
    Math.round(parameters.age * 100) / 100,
    values[0],
    values[1],
    values[2],
    degrees(parameters.pitch),
    degrees(parameters.yaw),
    degrees(parameters.roll),
    ...Array.from(face.points, pixel),
    ...Array.from(face.landmarks, pixel),
    ...face.box.map(pixel),
    ...nuisances(face).map(([, value]) => value),
  ].join(',');
}
