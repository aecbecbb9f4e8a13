import { createHash } from 'node:crypto';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { diskCause } from '../foundation/disk-words.ts';
import { Fault } from '../foundation/fault.ts';
import { requirePlainFile } from '../foundation/file-kind.ts';
import { packedPlace, pictureBytes } from '../foundation/packed/pictures.ts';
import { throwIfCancelled, type WorkOptions } from '../foundation/progress.ts';
import { wholeFolderLater } from '../foundation/whole.ts';
import { croissant } from './croissant.ts';
import { layoutNamed } from './layouts/index.ts';
import { facesCsv, facesJson } from './tables.ts';
import type { Manifest } from './types.ts';

export const MANIFEST_FILE = 'manifest.json';

/** Pictures that are read and written at the same time: enough to keep a disk busy, few enough to hold in memory. */
const AT_ONCE = 8;

export const sha256 = (bytes: string | Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/** The manifest's bytes: one face per line, so that two exports can be compared with `diff`. */
export function manifestText(manifest: Manifest): string {
  const { faces, passedOver, ...rest } = manifest;
  const head = JSON.stringify(rest, null, 2);
  const list = (name: string, entries: readonly object[]): string =>
    `,\n  "${name}": [\n${entries.map((entry) => JSON.stringify(entry)).join(',\n')}\n  ]`;
  return `${head.slice(0, -2)}${passedOver ? list('passedOver', passedOver) : ''}${list('faces', faces)}\n}\n`;
}

/** A picture that could not be written, by its index in the manifest's faces. */
export interface UnreadablePicture {
  index: number;
  /** Why, as a sentence that does not name the picture. */
  reason: string;
}

/** Pictures of an export are not what the project knows; all of them that were met. */
export class UnreadablePictures extends Fault {
  readonly pictures: readonly UnreadablePicture[];

  constructor(pictures: readonly UnreadablePicture[], locate: (index: number) => string) {
    const [{ index, reason }] = pictures;
    const more = pictures.length > 1 ? ` So it is with ${pictures.length - 1} more.` : '';
    super(
      `The picture '${locate(index)}' cannot be exported: ${reason} Run 'visage verify' on the project, or import its source again.${more}`,
    );
    this.pictures = pictures;
  }
}

const CHANGED = 'Its content is not the one that the project knows.';

/** Why the picture of a face cannot be read; undefined where the trouble is not this picture's but the machine's. */
function reasonOf(thrown: unknown): string | undefined {
  const { code, message } = thrown as NodeJS.ErrnoException;
  if (code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM') return undefined;
  const cause = diskCause(code);
  if (cause !== undefined) return `It cannot be read: ${cause} (${code}).`;
  return thrown instanceof Fault ? message : undefined;
}

/**
 * Writes an export into `folder`, which must not exist or be empty. Everything is written beside it first and renamed
 * at the end: a folder with an export's name is a whole export. Each picture's content is checked against its hash
 * on the way.
 * @param locate absolute path of the original of `manifest.faces[i]`
 * @throws UnreadablePictures when pictures are gone or have changed; Fault when the folder holds something.
 */
export async function writeExport(
  manifest: Omit<Manifest, 'files'>,
  locate: (index: number) => string,
  folder: string,
  { signal, onProgress }: WorkOptions = {},
): Promise<Manifest> {
  return wholeFolderLater(folder, async (partial) => {
    if (manifest.settings.mode !== 'list') {
      await writePictures(manifest, locate, partial, { signal, onProgress });
    }
    const csv = facesCsv(manifest.faces);
    const tables = [
      { path: 'faces.csv', text: csv },
      { path: 'faces.json', text: facesJson(manifest.faces) },
      {
        path: 'croissant.json',
        text: croissant(manifest, { sha256: sha256(csv), bytes: Buffer.byteLength(csv) }),
      },
      ...layoutNamed(manifest.settings.layout).tables(manifest.faces),
    ];
    const files: Manifest['files'] = [];
    for (const { path, text } of tables) {
      await mkdir(dirname(join(partial, path)), { recursive: true });
      await writeFile(join(partial, path), text);
      files.push({ path, sha256: sha256(text), bytes: Buffer.byteLength(text) });
    }
    const whole: Manifest = { ...manifest, files };
    await writeFile(join(partial, MANIFEST_FILE), manifestText(whole));
    throwIfCancelled(signal);
    return whole;
  });
}

async function writePictures(
  manifest: Omit<Manifest, 'files'>,
  locate: (index: number) => string,
  folder: string,
  { signal, onProgress }: WorkOptions,
): Promise<void> {
  const { faces, settings } = manifest;
  for (const parent of new Set(faces.map((face) => dirname(join(folder, face.file)))))
    await mkdir(parent, { recursive: true });
  const unreadable: UnreadablePicture[] = [];
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    while (next < faces.length) {
      throwIfCancelled(signal);
      const index = next++;
      const face = faces[index];
      const original = locate(index);
      const packed = packedPlace(original) !== undefined;
      if (packed && settings.mode === 'link') {
        throw new Fault(
          `The picture '${original}' lies inside a packed file, to which nothing can link; export with '--images copy'.`,
        );
      }
      let bytes: Buffer;
      try {
        if (!packed) requirePlainFile(original);
        bytes = packed ? pictureBytes(original) : await readFile(original);
      } catch (thrown) {
        const reason = reasonOf(thrown);
        if (reason === undefined) throw thrown;
        unreadable.push({ index, reason });
        continue;
      }
      if (sha256(bytes) !== face.sha256) {
        unreadable.push({ index, reason: CHANGED });
        continue;
      }
      const path = join(folder, face.file);
      if (settings.mode === 'link') await symlink(original, path);
      else await writeFile(path, bytes);
      onProgress?.({ stage: 'Writing pictures', done: ++done, total: faces.length, unit: 'pictures' });
    }
  };
  // One failure stops the others, and all of them are awaited before the folder is removed.
  const results = await Promise.allSettled(
    Array.from({ length: AT_ONCE }, () =>
      worker().catch((thrown) => {
        next = faces.length;
        throw thrown;
      }),
    ),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  if (unreadable.length > 0) throw new UnreadablePictures(unreadable, locate);
}
