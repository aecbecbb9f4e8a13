/** What part of the plane the canvas shows. Points are in data units, x to the right, y up. */
export interface Camera {
  /** Data point in the middle of the canvas. */
  x: number;
  y: number;
  /** CSS pixels per data unit. */
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

/** Shows all points with a margin. */
export function fitCamera(xy: Float32Array, size: Size, margin = 0.06): Camera {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < xy.length; i += 2) {
    if (xy[i] < left) left = xy[i];
    if (xy[i] > right) right = xy[i];
    if (xy[i + 1] < bottom) bottom = xy[i + 1];
    if (xy[i + 1] > top) top = xy[i + 1];
  }
  if (!(right >= left)) return { x: 0, y: 0, scale: 1 };
  const room = 1 - 2 * margin;
  const scale = Math.min(
    (size.width * room) / (right - left || 1),
    (size.height * room) / (top - bottom || 1),
  );
  return { x: (left + right) / 2, y: (bottom + top) / 2, scale: scale || 1 };
}

/** Canvas position (CSS pixels, y down) to data. */
export const toData = (camera: Camera, size: Size, px: number, py: number): [number, number] => [
  camera.x + (px - size.width / 2) / camera.scale,
  camera.y - (py - size.height / 2) / camera.scale,
];

export const toPixels = (camera: Camera, size: Size, x: number, y: number): [number, number] => [
  (x - camera.x) * camera.scale + size.width / 2,
  (camera.y - y) * camera.scale + size.height / 2,
];

export const pan = (camera: Camera, dx: number, dy: number): Camera => ({
  ...camera,
  x: camera.x - dx / camera.scale,
  y: camera.y + dy / camera.scale,
});

/** Zooms so that the data point under (px, py) stays there. */
export function zoomAt(camera: Camera, size: Size, px: number, py: number, factor: number): Camera {
  const [x, y] = toData(camera, size, px, py);
  const scale = camera.scale * factor;
  return { x: x - (px - size.width / 2) / scale, y: y + (py - size.height / 2) / scale, scale };
}

/** Keeps the scale between a tenth of the whole map and one at which a point fills the canvas. */
export function boundedZoom(camera: Camera, fitted: Camera, factor: number): number {
  const scale = Math.max(0.1 * fitted.scale, Math.min(4000 * fitted.scale, camera.scale * factor));
  return scale / camera.scale;
}

/**
 * Diameter (CSS pixels) and opacity of points. Both follow the density of what is on the canvas: few points are large
 * and nearly opaque; half a million are small and let each other through, so that crowded places look crowded.
 */
export function pointLook(
  camera: Camera,
  fitted: Camera,
  count: number,
  size: Size,
): { diameter: number; alpha: number } {
  const zoom = camera.scale / fitted.scale;
  const base = Math.max(1.3, Math.min(7, 124 / Math.log10(count + 10) ** 2.5));
  const diameter = Math.max(1.3, Math.min(18, base * zoom ** 0.4));
  // Zoomed in, the canvas holds about 1 / zoom² of the points. Points fill about a third of a map's rectangle.
  const inView = count / Math.max(1, zoom) ** 2;
  const covered = (inView * diameter ** 2) / (0.33 * size.width * size.height);
  return { diameter, alpha: Math.max(0.22, Math.min(0.88, 0.7 / Math.sqrt(covered))) };
}
