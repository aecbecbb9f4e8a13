import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { ZodError } from 'zod';
import { PREFERENCE_DEFAULTS, type Preferences, preferences } from '../contract/procedures/preferences.ts';
import { Fault, sentenceOf } from '../foundation/fault.ts';
import { writeWhole } from '../foundation/whole.ts';
import { settingsFolder } from './recent.ts';

/**
 * The user's preferences as a file in the settings folder: there they outlast the window's address, which is another one
 * at each start of the web host. A file that cannot be read is set aside and the defaults are taken, with one notice.
 */
export class PreferenceFile {
  readonly #folder: string;
  readonly #file: string;
  #known: Preferences | undefined;
  #notice: string | null = null;

  constructor(folder: string = settingsFolder()) {
    this.#folder = folder;
    this.#file = join(folder, 'preferences.json');
  }

  /** `notice` comes once: to the first window that asks. */
  get(): { preferences: Preferences; notice: string | null } {
    this.#known ??= this.#read();
    const notice = this.#notice;
    this.#notice = null;
    return { preferences: this.#known, notice };
  }

  /** Writes what is given beside what stands. @throws Fault when the file cannot be written */
  set(some: Partial<Preferences>): Preferences {
    const next = preferences.parse({ ...this.get().preferences, ...some });
    try {
      mkdirSync(this.#folder, { recursive: true });
      writeWhole(this.#file, `${JSON.stringify(next, null, 2)}\n`);
    } catch (thrown) {
      throw new Fault(`The preferences are not kept. ${sentenceOf(thrown)}`);
    }
    this.#known = next;
    return next;
  }

  #read(): Preferences {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') this.#notice = this.#damaged(thrown);
      return PREFERENCE_DEFAULTS;
    }
    try {
      // A field that this version does not know, or that an older one lacked, is no damage.
      return preferences.parse({ ...PREFERENCE_DEFAULTS, ...(JSON.parse(text) as object) });
    } catch (thrown) {
      this.#notice = this.#damaged(thrown);
      try {
        renameSync(this.#file, `${this.#file}.damaged`);
      } catch {
        // It stays where it is, and is replaced with the next change.
      }
      return PREFERENCE_DEFAULTS;
    }
  }

  #damaged(thrown: unknown): string {
    const why =
      thrown instanceof SyntaxError
        ? 'it is not JSON'
        : thrown instanceof ZodError
          ? `'${thrown.issues[0].path.join('.')}': ${thrown.issues[0].message}`
          : sentenceOf(thrown);
    return `The preferences in '${this.#file}' could not be read (${why}), so the defaults are used. The old file is kept beside it as preferences.json.damaged.`;
  }
}
