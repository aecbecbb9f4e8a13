import type { Colouring } from './colouring.ts';
import type { Legend } from './legend.ts';
import { type Camera, type Size, toPixels } from './points/camera.ts';
import { STATE } from './points/layers.ts';

/** Everything that is on the map now. */
export interface Seen {
  canvas: HTMLCanvasElement;
  camera: Camera;
  size: Size;
  diameter: number;
  alpha: number;
  xy: Float32Array;
  states: Uint8Array;
  colouring: Colouring;
  legend: Legend;
  names: ReadonlyMap<number, string>;
  grey: readonly number[];
  title: string;
  name: string;
  caption: readonly string[];
  style: CSSStyleDeclaration;
}

/** More circles than this make an SVG that programs choke on: the points then go in as one picture. */
const MOST_CIRCLES = 20_000;
const LEGEND = { width: 230, line: 17, most: 30 };
const FOOT = 44;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const rgb = (colour: readonly number[]): string => `rgb(${colour.join(',')})`;

/** The map with its legend and caption as an SVG document. @param points what is drawn where the points are */
export function svgOf(
  seen: Omit<Seen, 'canvas' | 'style'> & { ground: string; ink: string; quiet: string; font: string },
  points: string,
): string {
  const { size, legend, colouring, names, title, caption, ground, ink, quiet, font } = seen;
  const width = size.width + LEGEND.width;
  const height = size.height + FOOT;
  const shown = legend.entries.slice(0, LEGEND.most);
  const words = (text: string, x: number, y: number, style = ''): string =>
    `<text x="${x}" y="${y}" ${style}>${escaped(text)}</text>`;
  const x = size.width + 12;
  const entries = shown.map(({ index, words: name, value, count }, i) => {
    const y = 44 + i * LEGEND.line;
    return (
      `<circle cx="${x + 5}" cy="${y - 4}" r="5" fill="${rgb(colouring.palette[index])}"/>` +
      words(names.get(value) ?? name, x + 17, y) +
      words(count.toLocaleString('en-US'), width - 12, y, 'text-anchor="end"')
    );
  });
  const hidden = legend.entries.length - shown.length;
  if (hidden > 0)
    entries.push(words(`and ${hidden} smaller ones`, x, 44 + shown.length * LEGEND.line, `fill="${quiet}"`));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="100%" height="100%" fill="${ground}"/>`,
    `<svg width="${size.width}" height="${size.height}">${points}</svg>`,
    `<g font-family="${escaped(font)}" font-size="12" fill="${ink}">`,
    words(title, x, 22, 'font-weight="600"'),
    ...entries,
    ...caption.map((line, i) => words(line, 12, size.height + 18 + i * 16, `fill="${quiet}"`)),
    '</g></svg>',
  ].join('');
}

/** The points on the canvas as circles, grey ones first. */
export function circlesOf({
  xy,
  states,
  colouring,
  grey,
  camera,
  size,
  diameter,
  alpha,
}: Omit<Seen, 'canvas' | 'style'>): string {
  const layers: [string[], string[]] = [[], []];
  for (let i = 0; i < states.length; i++) {
    if (states[i] === STATE.hidden) continue;
    const [x, y] = toPixels(camera, size, xy[2 * i], xy[2 * i + 1]);
    if (x < -diameter || y < -diameter || x > size.width + diameter || y > size.height + diameter) continue;
    const shown = states[i] === STATE.shown;
    const fill = rgb(shown ? colouring.palette[colouring.colours[i]] : grey);
    layers[shown ? 1 : 0].push(
      `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${((shown ? 1 : 0.8) * diameter) / 2}" fill="${fill}"/>`,
    );
  }
  return `<g fill-opacity="${0.6 * alpha}">${layers[0].join('')}</g><g fill-opacity="${alpha}">${layers[1].join('')}</g>`;
}

/** Saves the map as it is on screen, with legend and caption, through the browser's download. */
export async function savePicture(format: 'png' | 'svg', { canvas, style, ...seen }: Seen): Promise<void> {
  const token = (name: string): string => style.getPropertyValue(name).trim();
  const look = {
    ...seen,
    ground: token('--ground'),
    ink: token('--ink'),
    quiet: token('--ink-quiet'),
    font: 'sans-serif',
  };
  // Taken at once: the canvas keeps its picture only until the browser shows it.
  const image = (): string =>
    `<image width="${seen.size.width}" height="${seen.size.height}" href="${canvas.toDataURL('image/png')}"/>`;
  const svg = svgOf(look, format === 'svg' && seen.states.length <= MOST_CIRCLES ? circlesOf(seen) : image());
  const file = `${seen.name}-${seen.title}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const blob = new Blob([svg], { type: 'image/svg+xml' });
  offer(format === 'svg' ? blob : await drawn(blob, canvas.width / seen.size.width), `${file}.${format}`);
}

/** An SVG document as a PNG. @param ratio pixels per unit */
async function drawn(svg: Blob, ratio: number): Promise<Blob> {
  const url = await dataUrl(svg);
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(image.naturalWidth * ratio);
  canvas.height = Math.round(image.naturalHeight * ratio);
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('The picture is too large to be saved.'))),
      'image/png',
    ),
  );
}

const dataUrl = (blob: Blob): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(new Error('The picture could not be read back.'));
    reader.readAsDataURL(blob);
  });

function offer(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
