import { ref } from 'vue';
import { rowsIn } from '../faces/filter.ts';
import { useNotices } from '../shell/notices.ts';
import { usePreferences } from '../shell/preferences.ts';
import { useClient } from '../workspace/client.ts';
import { useFaces } from '../workspace/faces-store.ts';
import { labelWords } from './keys.ts';

/** Writes labels for one face or for all that are selected; every write can be undone from its notice. */
export function useLabelling() {
  const client = useClient();
  const faces = useFaces();
  const notices = useNotices();
  const preferences = usePreferences();
  /** Attribute that digits set, shared by grid, map and clusters while a view is open. */
  const attribute = ref(0);
  const session = ref({ labels: 0, agreed: 0, compared: 0, begun: 0 });

  /** Ids of the selected faces. */
  const selectedFaces = (): Int32Array => rowsIn(faces.selected).map((row) => faces.columns.faces[row]);

  async function set(ids: Int32Array, a: number, value: number, quiet = ids.length === 1): Promise<boolean> {
    if (ids.length === 0) {
      notices.show('info', 'Nothing is selected.');
      return false;
    }
    if (ids.length === 1) count(ids[0], a, value);
    const done = await notices.attempt(() =>
      client.call('label.set', {
        faces: ids,
        attribute: a,
        value,
        annotator: preferences.annotator,
        description: `${labelWords(a, value)} for ${ids.length === 1 ? `face ${ids[0]}` : `${ids.length} faces`}`,
      }),
    );
    if (done && !quiet) {
      notices.show('info', `${labelWords(a, value)}: ${ids.length.toLocaleString('en-US')} faces`, {
        title: 'Undo',
        run: () =>
          void notices.attempt(() =>
            client.call('label.undo', { batch: done.batch.id, annotator: preferences.annotator }),
          ),
      });
    }
    return done !== undefined;
  }

  /** Accepts the model's labels of a face as a person's. */
  async function accept(ids: Int32Array): Promise<void> {
    const columns = faces.columns;
    const changes: [number, number, number][] = [];
    for (const id of ids) {
      const row = faces.rowOfFace(id);
      for (let a = 0; a < 5; a++) {
        if (row >= 0 && columns.origins[a][row] === 0 && columns.values[a][row] >= 0)
          changes.push([id, a, columns.values[a][row]]);
      }
    }
    if (changes.length === 0) return;
    if (ids.length === 1) for (const [id, a, value] of changes) count(id, a, value);
    await notices.attempt(() =>
      client.call('label.columns', {
        faces: Int32Array.from(changes, ([id]) => id),
        attributes: Uint8Array.from(changes, ([, a]) => a),
        values: Int8Array.from(changes, ([, , value]) => value),
        annotator: preferences.annotator,
        description: `accepted the models' labels of ${ids.length === 1 ? `face ${ids[0]}` : `${ids.length} faces`}`,
        kind: 'accept',
      }),
    );
  }

  function count(id: number, a: number, value: number): void {
    const row = faces.rowOfFace(id);
    const byModel = row >= 0 && faces.columns.origins[a][row] === 0;
    const now = session.value;
    session.value = {
      labels: now.labels + 1,
      compared: now.compared + (byModel ? 1 : 0),
      agreed: now.agreed + (byModel && faces.columns.values[a][row] === value ? 1 : 0),
      begun: now.begun || performance.now(),
    };
  }

  return { attribute, session, selectedFaces, set, accept };
}
