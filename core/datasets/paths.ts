import { isAbsolute, relative, resolve } from 'node:path';
import { isAbsentName } from '../foundation/tables/absent.ts';
import type { ReadReport } from './report.ts';

/**
 * Checks the image paths of a label file's rows: relative to the source's root, inside it, and each row (path and key)
 * once. What is wrong goes to the report.
 */
export class RowPaths {
  readonly #report: ReadReport;
  readonly #root: string | undefined;
  readonly #seen = new Map<string, number>();

  /** @param root folder of the images, which absolute paths are taken relative to */
  constructor(report: ReadReport, root?: string) {
    this.#report = report;
    this.#root = root === undefined ? undefined : resolve(root);
  }

  /** The path with '/' separators; undefined when the row was rejected. */
  take(file: string, line: number, text: string, key = '', column = 'file'): string | undefined {
    const path = this.#normal(text);
    const reject = (sentence: string): undefined => {
      this.#report.reject(file, line, text, sentence);
      return undefined;
    };
    if (isAbsentName(text)) return reject(`the column '${column}' is empty; the path of an image is needed.`);
    if (path === '') return reject(`'${text}' names no image; the path of an image is needed.`);
    if (isAbsolute(path) || /^[a-z]:/i.test(path)) {
      return reject(
        `'${text}' is an absolute path${this.#root === undefined ? '' : ` outside '${this.#root}'`}; allowed: paths relative to the folder of the images, or inside the folder that --images names.`,
      );
    }
    if (path.split('/').includes('..') || path.includes('\0')) {
      return reject(`'${text}' leaves the folder of the images; allowed: paths without '..'.`);
    }
    const row = `${path}\0${key}`;
    const first = this.#seen.get(row);
    if (first !== undefined) {
      return reject(`'${text}' stands here a second time; its first row, on line ${first}, counts.`);
    }
    this.#seen.set(row, line);
    return path;
  }

  #normal(text: string): string {
    const path = text
      .trim()
      .replaceAll('\\', '/')
      .replace(/^(\.\/+)+/, '')
      .replace(/\/{2,}/g, '/');
    if (this.#root === undefined || !isAbsolute(path)) return path;
    const inside = relative(this.#root, path).replaceAll('\\', '/');
    return inside === '' || inside.startsWith('..') ? path : inside;
  }
}
