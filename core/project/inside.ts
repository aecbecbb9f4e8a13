import { join } from 'node:path';

/**
 * True for a path (with '/') that stays inside the folder it is joined to. Where the system is not Windows, a backslash,
 * a colon or a name such as '..photo' is a letter like any other: 'A: team/1.jpg' and 'x\..\y.jpg' are names of files.
 */
export function staysInside(path: string, windows: boolean = process.platform === 'win32'): boolean {
  if (path === '' || path.startsWith('/') || path.includes('\0')) return false;
  if (windows && (path.startsWith('\\') || path.includes(':'))) return false;
  return !path.split(windows ? /[\\/]/ : '/').includes('..');
}

/**
 * The place of an image below its source's root. Null where this system would look outside of it: a project made elsewhere
 * may hold names that mean a way out here.
 */
export const placeIn = (root: string, place: string): string | null =>
  staysInside(place) ? join(root, place) : null;
