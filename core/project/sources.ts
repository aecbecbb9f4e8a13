import { isAbsolute } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import type { Connection } from './database.ts';
import type { Source } from './types.ts';

const SOURCE = 'SELECT id, name, format, root, faces FROM sources';

/** The imported data sets and folders. */
export class Sources {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  all(): Source[] {
    return this.#connection.all<Source>(`${SOURCE} ORDER BY id`);
  }

  get(nameOrId: string | number): Source {
    const source = this.#connection.get<Source>(
      typeof nameOrId === 'number' ? `${SOURCE} WHERE id = ?` : `${SOURCE} WHERE name = ?`,
      nameOrId,
    );
    if (source) return source;
    const known = this.all().map(({ name }) => `'${name}'`);
    throw new Fault(
      `There is no source '${nameOrId}' in this project; ${known.length > 0 ? `known: ${known.join(', ')}` : 'nothing was imported yet'}.`,
    );
  }

  add({ name, format, root }: { name: string; format: string; root: string | null }): Source {
    if (name.trim() === '') throw new Fault('A source needs a name; this one is empty.');
    if (root !== null) checkRoot(root);
    return this.#connection.write(() => {
      const known = this.#connection.get<Source>(`${SOURCE} WHERE name = ?`, name);
      if (known === undefined) {
        this.#connection.run('INSERT INTO sources (name, format, root) VALUES (?, ?, ?)', name, format, root);
      } else if (known.format !== format) {
        throw new Fault(
          `Source '${name}' was read as '${known.format}' before and is now read as '${format}'; give it another name.`,
        );
      } else if (known.root === null && root !== null) {
        this.#connection.run('UPDATE sources SET root = ? WHERE id = ?', root, known.id);
      }
      return this.get(name);
    });
  }

  setRoot(id: number, root: string): void {
    checkRoot(root);
    this.#connection.write(() => {
      this.get(id);
      this.#connection.run('UPDATE sources SET root = ? WHERE id = ?', root, id);
    });
  }
}

function checkRoot(root: string): void {
  if (!isAbsolute(root)) throw new Fault(`The folder '${root}' of a source has to be an absolute path.`);
}
