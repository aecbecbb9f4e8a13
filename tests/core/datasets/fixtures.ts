import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import { readerOf, recognise } from '../../../core/datasets/formats.ts';
import { listSource } from '../../../core/datasets/listing.ts';
import type { ColumnMapping } from '../../../core/datasets/reader.ts';
import { ReadReport } from '../../../core/datasets/report.ts';
import { encodingNamed } from '../../../core/foundation/tables/encoding.ts';
import type { NewFace } from '../../../core/project/types.ts';

/** Real data beside the checkout; never copied into it. */
export const ASSETS = resolve(import.meta.dirname, '../../../../shared/assets');

export const hasAssets = existsSync(ASSETS);

/** An empty folder that goes when the test ends. */
export function temporary(): string {
  const path = mkdtempSync(join(tmpdir(), 'visage-datasets-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Writes files into a temporary folder and gives its path. */
export function folderWith(files: Readonly<Record<string, string | Buffer>>, root = temporary()): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return root;
}

/** A small JPEG of its own colour, so that each has its own hash. */
export async function jpeg(seed: number, width = 24, height = 16): Promise<Buffer> {
  const background = { r: (seed * 53) % 256, g: (seed * 97) % 256, b: (seed * 193) % 256 };
  return sharp({ create: { width, height, channels: 3, background } })
    .jpeg()
    .toBuffer();
}

export interface ReadSource {
  format: string;
  name: string;
  faces: NewFace[];
  report: ReadReport;
  /** By path. */
  face(path: string): NewFace;
}

/** Reads a whole source with its recognised (or the named) reader. */
export async function readSource(
  path: string,
  options: { format?: string; mapping?: ColumnMapping; images?: string; encoding?: string } = {},
): Promise<ReadSource> {
  const listing = listSource(
    path,
    options.encoding === undefined ? undefined : encodingNamed(options.encoding),
  );
  const reader = options.format === undefined ? recognise(listing).reader : readerOf(options.format);
  const open = reader.open(listing, options);
  const report = new ReadReport();
  const faces: NewFace[] = [];
  for await (const portion of open.faces(report)) faces.push(...portion);
  return {
    format: reader.format,
    name: open.name,
    faces,
    report,
    face(wanted) {
      const found = faces.find((face) => face.path === wanted);
      if (!found) throw new Error(`no face '${wanted}' among ${faces.map((face) => face.path).join(', ')}`);
      return found;
    },
  };
}
