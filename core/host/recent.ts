import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../foundation/whole.ts';

/** The folder of the user's own settings, by the platform's convention. */
export function settingsFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: string = process.platform,
): string {
  if (env.VISAGE_SETTINGS) return env.VISAGE_SETTINGS;
  if (platform === 'win32') return join(env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'Visage');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Visage');
  return join(env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'visage');
}

const schema = z.array(z.object({ path: z.string(), name: z.string(), time: z.number() }));
export type Recent = z.infer<typeof schema>[number];

const KEPT = 20;

/** Projects opened lately, the latest first. A file that cannot be read counts as empty: it holds nothing precious. */
export class RecentProjects {
  readonly #file: string;

  constructor(folder: string = settingsFolder()) {
    this.#file = join(folder, 'recent.json');
  }

  list(): (Recent & { exists: boolean })[] {
    return this.#read().map((recent) => ({ ...recent, exists: existsSync(join(recent.path, 'project.db')) }));
  }

  add(path: string, name: string, time: number = Date.now()): void {
    const recent = [{ path, name, time }, ...this.#read().filter((other) => other.path !== path)].slice(
      0,
      KEPT,
    );
    this.#write(recent);
  }

  forget(path: string): void {
    this.#write(this.#read().filter((other) => other.path !== path));
  }

  #read(): Recent[] {
    try {
      return schema.parse(JSON.parse(readFileSync(this.#file, 'utf8')));
    } catch {
      return [];
    }
  }

  #write(recent: readonly Recent[]): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    writeWhole(this.#file, `${JSON.stringify(recent, null, 2)}\n`);
  }
}
