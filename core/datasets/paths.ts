import { existsSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { isAbsentName } from '../foundation/tables/absent.ts';
import { staysInside } from '../project/inside.ts';
import type { ReadReport } from './report.ts';

const WINDOWS = process.platform === 'win32';
/** 'C:/faces/1.jpg'; elsewhere than on Windows 'C:faces.jpg' is a name. */
const DRIVE = WINDOWS ? /^[a-z]:/i : /^[a-z]:\//i;
const ADDRESS = /^(?:[a-z][a-z0-9+.-]*:\/\/|data:[a-z]+\/)/i;

const SHOWN = 120;
const shown = (text: string): string => (text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);

/** Without './' at the front and doubled slashes. */
const tidy = (path: string): string => path.replace(/^(\.\/+)+/, '').replace(/\/{2,}/g, '/');

/**
 * Checks the image paths of a label file's rows: relative to the source's root, inside it, and each row (path and key)
 * once. What is wrong goes to the report.
 *
 * A table that comes from Windows separates folders by backslashes, and people leave blanks in cells. Both are letters of
 * names elsewhere, so a cell is taken to the letter where a file is called so, and read as Windows would where none is.
 */
export class RowPaths {
  readonly #report: ReadReport;
  readonly #root: string | undefined;
  readonly #folders: readonly string[];
  readonly #seen = new Map<string, number>();

  /**
   * @param root folder of the images, which absolute paths are taken relative to
   * @param beside further folders in which the images may lie
   */
  constructor(report: ReadReport, root?: string, beside: readonly string[] = []) {
    this.#report = report;
    this.#root = root === undefined ? undefined : resolve(root);
    this.#folders = [...(this.#root === undefined ? [] : [this.#root]), ...beside];
  }

  /** The path with '/' separators; undefined when the row was rejected. */
  take(file: string, line: number, text: string, key = '', column = 'file'): string | undefined {
    const reject = (sentence: string): undefined => {
      this.#report.reject(file, line, text, sentence);
      return undefined;
    };
    const read = this.read(text, column);
    if ('sentence' in read) return reject(read.sentence);
    const { path } = read;
    const row = `${path}\0${key}`;
    const first = this.#seen.get(row);
    if (first !== undefined) {
      return reject(`'${text}' stands here a second time; its first row, on line ${first}, counts.`);
    }
    this.#seen.set(row, line);
    return path;
  }

  /** The path that a cell names, or the sentence of why it names none. */
  read(text: string, column = 'file'): { path: string } | { sentence: string } {
    if (isAbsentName(text)) {
      return { sentence: `the column '${column}' is empty; the path of an image is needed.` };
    }
    if (ADDRESS.test(text.trim())) {
      return {
        sentence: `'${shown(text.trim())}' is an address, not a path, and Visage fetches nothing; download the image and write its path relative to the folder of the images.`,
      };
    }
    const path = this.#normal(text);
    if (path === '') return { sentence: `'${text}' names no image; the path of an image is needed.` };
    const foreign = isAbsolute(path) || (DRIVE.test(path) && (WINDOWS || !this.#isThere(path)));
    if (foreign) {
      return {
        sentence: `'${text}' is an absolute path${this.#root === undefined ? '' : ` outside '${this.#root}'`}; allowed: paths relative to the folder of the images, or inside the folder that --images names.`,
      };
    }
    if (!staysInside(path)) {
      return { sentence: `'${text}' leaves the folder of the images; allowed: paths without '..'.` };
    }
    return { path };
  }

  #normal(text: string): string {
    const path = this.#inside(tidy(text.trim().replaceAll('\\', '/')));
    if (WINDOWS) return path;
    const literal = this.#inside(tidy(text));
    return literal !== path && this.#isThere(literal) ? literal : path;
  }

  #isThere(path: string): boolean {
    return staysInside(path) && this.#folders.some((folder) => existsSync(join(folder, path)));
  }

  /** An absolute path relative to the root, where it lies in it. */
  #inside(path: string): string {
    if (this.#root === undefined || !isAbsolute(path)) return path;
    const inside = relative(this.#root, path);
    const within = WINDOWS ? inside.replaceAll('\\', '/') : inside;
    return within === '' || within === '..' || within.startsWith('../') ? path : within;
  }
}
