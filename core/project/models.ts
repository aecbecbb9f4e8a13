import { isAbsolute, join, relative } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import type { Connection } from './database.ts';
import type { ModelRecord } from './store.ts';

type Row = Omit<ModelRecord, 'manifest'> & { manifest: string };

const MODEL = 'SELECT id, name, hash, manifest, folder, time FROM models';

/** The models of a project, by name. */
export class Models {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  all(): ModelRecord[] {
    return this.#connection.all<Row>(`${MODEL} ORDER BY id`).map((row) => this.#modelOf(row));
  }

  get(name: string): ModelRecord {
    const row = this.#connection.get<Row>(`${MODEL} WHERE name = ?`, name);
    if (row) return this.#modelOf(row);
    const known = this.all().map((model) => `'${model.name}'`);
    throw new Fault(
      `There is no model '${name}' in this project; ${known.length > 0 ? `known: ${known.join(', ')}` : 'add one with: visage models P.visage add FILE'}.`,
    );
  }

  /** Adds a model; the same name with another hash is refused, with the same hash brought up to date. */
  add({
    name,
    hash,
    manifest,
    folder,
  }: {
    name: string;
    hash: string;
    manifest: unknown;
    folder: string;
  }): ModelRecord {
    if (name.trim() === '') throw new Fault('A model needs a name; this one is empty.');
    const inside = isAbsolute(folder) ? relative(this.#connection.path, folder) : folder;
    if (inside.startsWith('..') || isAbsolute(inside)) {
      throw new Fault(`The folder '${folder}' of model '${name}' lies outside the project.`);
    }
    return this.#connection.write(() => {
      const known = this.#connection.get<Row>(`${MODEL} WHERE name = ?`, name);
      if (known && known.hash !== hash) {
        throw new Fault(
          `The project has a model '${name}' already with other content (${known.hash.slice(0, 12)}, not ${hash.slice(0, 12)}); give this one another name.`,
        );
      }
      const stored = inside.split('\\').join('/');
      if (known) {
        this.#connection.run(
          'UPDATE models SET manifest = ?, folder = ? WHERE id = ?',
          JSON.stringify(manifest),
          stored,
          known.id,
        );
      } else {
        this.#connection.run(
          'INSERT INTO models (name, hash, manifest, folder, time) VALUES (?, ?, ?, ?, ?)',
          name,
          hash,
          JSON.stringify(manifest),
          stored,
          Date.now(),
        );
      }
      return this.get(name);
    });
  }

  #modelOf(row: Row): ModelRecord {
    return {
      ...row,
      manifest: JSON.parse(row.manifest) as unknown,
      folder: join(this.#connection.path, row.folder),
    };
  }
}
