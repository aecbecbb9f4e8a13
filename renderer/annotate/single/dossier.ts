import type { OutputOf } from '../../../core/contract/procedure.ts';
import type { VisageClient, VisageProcedures } from '../../../core/contract/visage.ts';
import { type Told, tell } from '../../labelling/opinions.ts';

/** What is known of a face beside its current labels. */
export interface Dossier {
  told: Told[];
  detail: OutputOf<VisageProcedures, 'face.detail'>;
}

/** Histories and details, fetched ahead; a face whose labels change is fetched anew. */
export class Dossiers {
  readonly #client: VisageClient;
  readonly #kept = new Map<number, Promise<Dossier>>();

  constructor(client: VisageClient) {
    this.#client = client;
  }

  get(face: number): Promise<Dossier> {
    const known = this.#kept.get(face);
    if (known) return known;
    const asked = this.#ask(face);
    this.#kept.set(face, asked);
    // A failure is told to whoever waits, and not kept.
    asked.catch(() => this.#kept.delete(face));
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > MOST && !oldest.done) this.#kept.delete(oldest.value);
    return asked;
  }

  /** No faces: all of them. */
  forget(faces: Int32Array): void {
    if (faces.length === 0 || faces.length > this.#kept.size) {
      const changed = new Set(faces);
      for (const face of this.#kept.keys())
        if (faces.length === 0 || changed.has(face)) this.#kept.delete(face);
    } else for (const face of faces) this.#kept.delete(face);
  }

  async #ask(face: number): Promise<Dossier> {
    const [events, detail] = await Promise.all([
      this.#client.call('label.history', { face }),
      this.#client.call('face.detail', { face }),
    ]);
    return { told: tell(events), detail };
  }
}

const MOST = 64;
