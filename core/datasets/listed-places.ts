import type { FaceTable } from './label-columns.ts';
import { ReadReport } from './report.ts';

/** Windows' absolute paths, on any system: 'C:\faces\1.jpg', '\\server\faces\1.jpg'. */
const WINDOWS = /^(?:[a-z]:[\\/]|\\\\)/i;

/** An absolute path with '/' separators; undefined for a relative one. */
function absolute(cell: string): string | undefined {
  if (WINDOWS.test(cell)) return cell.replaceAll('\\', '/');
  return cell.startsWith('/') ? cell : undefined;
}

function commonFolder(a: string | undefined, path: string): string {
  const folder = path.slice(0, path.lastIndexOf('/'));
  if (a === undefined) return folder;
  const [left, right] = [a.split('/'), folder.split('/')];
  let same = 0;
  while (same < left.length && left[same] === right[same]) same++;
  return left.slice(0, same).join('/');
}

const drive = (path: string): string => /^[a-z]:/i.exec(path)?.[0].toUpperCase() ?? '/';

/**
 * Places of pictures in an export's table. An export that only lists its pictures (`--images list`) names them by
 * absolute paths, of several data sets perhaps: they are taken relative to the innermost folder that holds them all,
 * which depends on the table alone, so that the same table gives the same faces wherever the pictures went.
 */
export class ListedPlaces {
  readonly #prefix: string;
  #root: string | undefined;
  #bySource = new Map<string, string>();

  /** @param prefix what stands before relative paths */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  async survey(table: FaceTable, at: ReadonlyMap<string, number>): Promise<void> {
    const [file, source] = [at.get('file') as number, at.get('source')];
    let first: string | undefined;
    for await (const { cells } of table.rows(new ReadReport())) {
      const path = absolute(cells[file]);
      if (path === undefined) {
        // The first row decides: an export lists all of its pictures or none.
        if (first === undefined) return;
        continue;
      }
      first ??= drive(path);
      // What lies on another drive has no common folder with the rest and is rejected row by row.
      if (drive(path) !== first) continue;
      this.#root = commonFolder(this.#root, path);
      const name = source === undefined ? '' : cells[source];
      this.#bySource.set(name, commonFolder(this.#bySource.get(name), path));
    }
  }

  /** Absolute folder of listed pictures; undefined where they lie in the export. */
  get root(): string | undefined {
    return this.#root === '' ? '/' : this.#root;
  }

  /** Folders that held each data set's pictures. Their common folder may be a whole disk, which nobody wants searched. */
  get folders(): readonly string[] | undefined {
    return this.#root === undefined
      ? undefined
      : [...new Set(this.#bySource.values())].map((folder) => folder || '/');
  }

  pathOf(cell: string): string {
    if (this.#root === undefined) return `${this.#prefix}${cell}`;
    const path = absolute(cell);
    return path?.startsWith(`${this.#root}/`) ? path.slice(this.#root.length + 1) : cell;
  }
}
