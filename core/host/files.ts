import { readFile, realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

export interface ServedFile {
  type: string;
  bytes: Buffer;
}

/**
 * A file of a folder that is served, by its URL path. Undefined for anything that is not a plain file of a known type
 * inside that folder after every link is followed.
 */
export async function fileUnder(root: string, urlPath: string): Promise<ServedFile | undefined> {
  let path: string;
  try {
    path = decodeURIComponent(urlPath);
  } catch {
    return undefined;
  }
  if (path.includes('\0') || path.includes('\\')) return undefined;
  const type = TYPES[extname(path).toLowerCase()];
  if (type === undefined) return undefined;
  const [base, file] = await Promise.all([realpath(root), realpath(join(root, path))]).catch(() => []);
  if (base === undefined || file === undefined || !file.startsWith(base + sep)) return undefined;
  if (!(await stat(file)).isFile()) return undefined;
  return { type, bytes: await readFile(file) };
}
