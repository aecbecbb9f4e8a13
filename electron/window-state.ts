import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

const size = z.int().min(1).max(32_767);
const position = z.int().min(-65_536).max(65_536);
const schema = z.object({
  bounds: z.object({ x: position, y: position, width: size, height: size }),
  maximized: z.boolean(),
});
export type WindowState = z.infer<typeof schema>;

export const SMALLEST = { width: 960, height: 640 };
const USUAL = { width: 1440, height: 900 };
/** So much of the title bar must be on a screen that the window can be taken hold of, in pixels. */
const GRIP = { width: 160, height: 32 };

/**
 * Where the window opens: where it was, if that can still be seen; else in the middle of the first screen.
 * @param screens their work areas (without task bars), the first one first
 */
export function placed(saved: WindowState | undefined, screens: readonly Rectangle[]): WindowState {
  if (saved) {
    for (const area of screens) {
      const bounds = fitted(saved.bounds, area);
      if (holdsGrip(area, bounds)) return { ...saved, bounds };
    }
  }
  const [first] = screens;
  const width = Math.min(USUAL.width, first.width);
  const height = Math.min(USUAL.height, first.height);
  return {
    bounds: {
      x: first.x + Math.floor((first.width - width) / 2),
      y: first.y + Math.floor((first.height - height) / 2),
      width,
      height,
    },
    maximized: saved?.maximized ?? false,
  };
}

/** True when enough of the window's top edge lies on this screen. */
function holdsGrip(area: Rectangle, { x, y, width }: Rectangle): boolean {
  const shown = Math.min(x + width, area.x + area.width) - Math.max(x, area.x);
  return shown >= Math.min(GRIP.width, width) && y >= area.y && y + GRIP.height <= area.y + area.height;
}

/** No larger than the screen (it may have been another one), no smaller than the views need. */
function fitted(bounds: Rectangle, area: Rectangle): Rectangle {
  const clamp = (value: number, least: number, most: number): number =>
    Math.min(Math.max(value, least), most);
  return {
    ...bounds,
    width: clamp(bounds.width, Math.min(SMALLEST.width, area.width), area.width),
    height: clamp(bounds.height, Math.min(SMALLEST.height, area.height), area.height),
  };
}

/** Undefined for a file that is not there or not ours: it holds nothing precious. */
export function readState(file: string): WindowState | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** False when it could not be written; the window then opens in its usual place the next time. */
export function writeState(file: string, state: WindowState): boolean {
  const partial = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(partial, `${JSON.stringify(state)}\n`);
    renameSync(partial, file);
    return true;
  } catch {
    return false;
  }
}
