import { defineStore } from 'pinia';
import { computed, ref, shallowRef, triggerRef } from 'vue';
import { ATTRIBUTES } from '../../../core/contract/attributes.ts';
import { rowsIn } from '../../faces/filter.ts';
import { HUMAN, UNSAID } from '../../labelling/marks.ts';
import { useLabelling } from '../../labelling/use-labelling.ts';
import { useClient } from '../../workspace/client.ts';
import { useFaces } from '../../workspace/faces-store.ts';
import { type Order, orderRows } from './order.ts';
import {
  differenceWords,
  type Flag,
  facesOfQueue,
  isQueue,
  type ListKind,
  stepAnswers,
  type Worklist,
  wantedAttributes,
  worklistOf,
} from './worklist.ts';

/** Which list, and of what. */
export interface ListChoice {
  kind: ListKind;
  /** null: all five. */
  attribute: number | null;
  order: Order;
  clustering: string;
  cluster: number;
}

/** Most entries of a queue that are fetched; who has answered them asks again. */
const QUEUE_LENGTH = 5000;

/** The list that the Annotate view works through; it outlives the view, so that work goes on where it stopped. */
export const useWorklist = defineStore('worklist', () => {
  const client = useClient();
  const faces = useFaces();
  const labelling = useLabelling();
  const choice = ref<ListChoice>({
    kind: 'filter',
    attribute: null,
    order: 'project',
    clustering: '',
    cluster: 0,
  });
  const list = shallowRef<Worklist>(worklistOf('filter', new Int32Array(0), 0));
  /** Per place of a queue: bits of the attributes that were answered since it was made. */
  const answered = shallowRef(new Uint8Array(0));
  const loading = ref(false);
  const problem = ref('');
  /** Made from this filter, for these faces. */
  let basis: unknown[] = [];
  let asked = 0;

  const wantedAt = (place: number): number[] =>
    wantedAttributes(list.value.flags?.[place], choice.value.attribute);

  function isDone(place: number, attribute: number): boolean {
    if (list.value.flags !== null) return (answered.value[place] & (1 << attribute)) !== 0;
    const row = list.value.rows[place];
    const { own } = labelling;
    return own === null ? faces.columns.origins[attribute][row] === HUMAN : own[attribute][row] !== UNSAID;
  }

  /** Faces of the list of which everything wanted was said. */
  const done = computed(() => {
    void faces.version;
    let count = 0;
    const { rows, flags } = list.value;
    if (flags !== null) {
      for (let place = 0; place < rows.length; place++)
        if (wantedAt(place).every((attribute) => isDone(place, attribute))) count++;
      return count;
    }
    // Plain columns in a plain loop: half a million rows are counted after every label.
    const { own } = labelling;
    const wanted = wantedAttributes(undefined, choice.value.attribute);
    const columns = wanted.map((attribute) => own?.[attribute] ?? faces.columns.origins[attribute]);
    nextFace: for (let place = 0; place < rows.length; place++) {
      const row = rows[place];
      for (let c = 0; c < columns.length; c++) {
        const said = own === null ? columns[c][row] === HUMAN : columns[c][row] !== UNSAID;
        if (!said) continue nextFace;
      }
      count++;
    }
    return count;
  });

  /** Takes down that attributes of faces were answered: queues count them as done. */
  function answer(changes: readonly { face: number; attribute: number }[]): void {
    if (list.value.flags === null) return;
    for (const { face, attribute } of changes) {
      const place = list.value.places[faces.rowOfFace(face)] ?? -1;
      if (place >= 0) answered.value[place] |= 1 << attribute;
    }
    triggerRef(answered);
  }

  /** What was taken back, in whichever view or window, is open again; what came back is answered. */
  client.on('labels.stepped', ({ how, faces: stepped, attributes }) => {
    if (list.value.flags === null) return;
    const places = stepped.map((face) => list.value.places[faces.rowOfFace(face)] ?? -1);
    stepAnswers(answered.value, places, attributes, how);
    triggerRef(answered);
  });

  /** The queue's suggestion for an attribute at a place, while it is unanswered. */
  function flagAt(place: number, attribute: number): Flag | undefined {
    if (list.value.flags === null || place < 0 || isDone(place, attribute)) return undefined;
    return list.value.flags[place]?.find((flag) => flag.attribute === attribute);
  }

  const basisNow = (): unknown[] => [
    faces.columns.faces,
    faces.filter,
    JSON.stringify(choice.value),
    faces.summary?.path,
  ];
  /** True when the list was made for other faces, another filter or another choice. */
  const isStale = (): boolean => basisNow().some((part, i) => part !== basis[i]);

  /** True until a list was made for the open project: the place to go on from may then be taken from storage. */
  const isNew = (): boolean => basis.length === 0 || basis[3] !== faces.summary?.path;

  /** Makes the list anew. Focus stays on its face where that is in the list. */
  async function make(): Promise<void> {
    const mine = ++asked;
    const made = basisNow();
    loading.value = true;
    problem.value = '';
    try {
      const next = await (isQueue(choice.value.kind) ? queueOf(choice.value) : listOf(choice.value));
      if (mine !== asked) return;
      list.value = next;
    } catch (thrown) {
      if (mine !== asked) return;
      problem.value = (thrown as Error).message;
      list.value = worklistOf(choice.value.kind, new Int32Array(0), faces.columns.faces.length);
    }
    loading.value = false;
    basis = made;
    answered.value = new Uint8Array(list.value.rows.length);
    if ((list.value.places[faces.focused] ?? -1) < 0) faces.focused = list.value.rows[0] ?? -1;
  }

  async function listOf({ kind, attribute, order, clustering, cluster }: ListChoice): Promise<Worklist> {
    const { columns, mask } = faces;
    let rows = rowsIn(mask);
    const some = (test: (a: number, row: number) => boolean): Int32Array => {
      const wanted = wantedAttributes(undefined, attribute);
      return rows.filter((row) => wanted.some((a) => test(a, row)));
    };
    if (kind === 'selection') rows = rows.filter((row) => faces.selected[row] === 1);
    else if (kind === 'unlabelled') rows = some((a, row) => columns.values[a][row] < 0);
    else if (kind === 'unseen') rows = some((a, row) => columns.origins[a][row] !== HUMAN);
    else if (kind === 'cluster') {
      const inside = new Uint8Array(columns.faces.length);
      if (clustering !== '') {
        const { faces: members, assignment } = await client.call('clusterings.assignment', { clustering });
        members.forEach((face, i) => {
          if (assignment[i] === cluster) inside[faces.rowOfFace(face)] = 1;
        });
      }
      rows = rows.filter((row) => inside[row] === 1);
    }
    const ordered = orderRows(rows, columns, order, attribute ?? labelling.attribute);
    return worklistOf(kind, ordered, columns.faces.length);
  }

  async function queueOf({ kind, attribute }: ListChoice): Promise<Worklist> {
    const n = faces.columns.faces.length;
    const keep = (row: number): boolean => faces.mask[row] === 1;
    const one = attribute === null ? {} : { attribute };
    if (kind === 'reconcile') {
      const found = await client.call('label.differences', one);
      const entries = Array.from(found.faces, (face, i) => {
        const said = found.annotators.flatMap((name, a) =>
          found.values[a][i] < 0 ? [] : [{ name, value: found.values[a][i] }],
        );
        const about = found.attributes[i];
        const why = `${ATTRIBUTES[about].name}: ${differenceWords(about, said)}.`;
        return { row: faces.rowOfFace(face), flag: { attribute: about, suggested: -1, why, said } };
      });
      const { rows, flags } = facesOfQueue(entries, keep);
      return worklistOf(kind, rows, n, { flags, total: entries.length });
    }
    const by = kind as 'uncertainty' | 'disagreement' | 'errors' | 'rarity';
    const found = await client.call('queue.list', { by, limit: QUEUE_LENGTH, ...one });
    const entries = Array.from(found.faces, (face, i) => ({
      row: faces.rowOfFace(face),
      flag: { attribute: found.attributes[i], suggested: found.suggested[i], why: found.why[i] },
    }));
    const { rows, flags } = facesOfQueue(entries, keep);
    return worklistOf(kind, rows, n, { flags, total: found.total, notes: found.notes });
  }

  const place = computed(() => list.value.places[faces.focused] ?? -1);

  return {
    choice,
    list,
    answered,
    loading,
    problem,
    done,
    place,
    wantedAt,
    isDone,
    answer,
    flagAt,
    isStale,
    isNew,
    make,
  };
});
