import { defineStore } from 'pinia';
import { computed, ref, shallowRef, triggerRef, watch } from 'vue';
import { cohortIndex } from '../../core/contract/attributes.ts';
import { rowsIn } from '../faces/filter.ts';
import { useNotices } from '../shell/notices.ts';
import { usePreferences } from '../shell/preferences.ts';
import { useClient } from '../workspace/client.ts';
import { useFaces } from '../workspace/faces-store.ts';
import { labelWords } from './keys.ts';
import { HUMAN, MODEL, UNSAID } from './marks.ts';
import type { ColumnsKind } from './opinions.ts';
import {
  nothingOwn,
  OwnSteps,
  type StepHost,
  type StepKind,
  type Stepped,
  steppedWords,
} from './own-steps.ts';
import { type Decision, decided, newSession } from './session.ts';

/** One label to write. */
export interface Change {
  face: number;
  attribute: number;
  value: number;
}

export interface WriteOptions {
  kind?: ColumnsKind;
  description?: string;
  /** No notice with 'Undo' (a single label, which the view shows by itself). */
  quiet?: boolean;
  /** What a model said of each change, where the view knows it better than the columns do (−1: nothing). */
  models?: readonly number[];
}

const READ_ONLY = 'This project is open for reading only: labels are shown and cannot be changed.';

/**
 * Labelling as all views share it: the active attribute, the session, blind mode, and writing. A label is shown at
 * once, marked as not yet saved, and taken back when the host could not write it.
 */
export const useLabelling = defineStore('labelling', () => {
  const client = useClient();
  const faces = useFaces();
  const notices = useNotices();
  const preferences = usePreferences();
  /** Attribute that digits set. */
  const attribute = ref(0);
  const session = ref(newSession());
  /** Writes that the host has not confirmed: face · 8 + attribute. */
  const unsaved = shallowRef(new Set<number>());
  /** The batches of this window, whichever view wrote them; another project begins with none. */
  let steps = new OwnSteps(stepHost());
  /** What this window took back or brought back last, for views that show it. */
  const stepped = shallowRef<Stepped | null>(null);
  const blind = ref(false);
  const own = shallowRef<Int8Array[] | null>(null);
  const readOnly = computed(() => faces.summary?.readOnly === true);

  /** Ids of the selected faces. */
  const selectedFaces = (): Int32Array => rowsIn(faces.selected).map((row) => faces.columns.faces[row]);

  async function set(
    ids: Int32Array,
    a: number,
    value: number,
    quiet = ids.length === 1,
    options: WriteOptions = {},
  ): Promise<boolean> {
    if (ids.length === 0) {
      notices.show('info', 'Nothing is selected.');
      return false;
    }
    const description = `${labelWords(a, value)} for ${ids.length === 1 ? `face ${ids[0]}` : `${ids.length} faces`}`;
    const changes = Array.from(ids, (face): Change => ({ face, attribute: a, value }));
    return write(changes, { description, quiet, ...options }, () =>
      client.call('label.set', {
        faces: ids,
        attribute: a,
        value,
        annotator: preferences.annotator,
        description,
      }),
    );
  }

  /** Writes different labels as one batch. */
  async function setMany(
    changes: readonly Change[],
    options: WriteOptions & { description: string },
  ): Promise<boolean> {
    if (changes.length === 0) return true;
    return write(changes, options, () =>
      client.call('label.columns', {
        faces: Int32Array.from(changes, ({ face }) => face),
        attributes: Uint8Array.from(changes, (change) => change.attribute),
        values: Int8Array.from(changes, ({ value }) => value),
        annotator: preferences.annotator,
        description: options.description,
        kind: options.kind ?? 'label',
      }),
    );
  }

  /** Accepts the models' labels of faces as a person's: of the given attributes, or of all. Gives how many. */
  async function accept(ids: Int32Array, attributes: readonly number[] = [0, 1, 2, 3, 4]): Promise<number> {
    const { columns } = faces;
    const changes: Change[] = [];
    for (const face of ids) {
      const row = faces.rowOfFace(face);
      if (row < 0) continue;
      for (const a of attributes) {
        if (columns.origins[a][row] !== MODEL || columns.values[a][row] < 0) continue;
        if (own.value !== null && own.value[a][row] === UNSAID) continue;
        changes.push({ face, attribute: a, value: columns.values[a][row] });
      }
    }
    const description = `accepted the models' labels of ${ids.length === 1 ? `face ${ids[0]}` : `${ids.length} faces`}`;
    const saved = await setMany(changes, { kind: 'accept', description, quiet: ids.length === 1 });
    return saved ? changes.length : 0;
  }

  async function write(
    changes: readonly Change[],
    options: WriteOptions,
    send: () => Promise<{ batch: { id: number } }>,
  ): Promise<boolean> {
    if (readOnly.value) {
      notices.show('info', READ_ONLY);
      return false;
    }
    const decision = decisionOf(changes, options);
    const restore = show(changes);
    const begun = performance.now();
    try {
      const { batch } = await steps.write(send);
      performance.measure('visage.label.saved', { start: begun, end: performance.now() });
      session.value = decided(session.value, decision, Date.now());
      settle(changes);
      if (options.quiet !== true && batch.id > 0) {
        notices.show('info', options.description ?? 'Labelled.', {
          title: 'Undo',
          run: () => void undo(batch.id),
        });
      }
      return true;
    } catch (thrown) {
      restore();
      settle(changes);
      changed();
      if ((thrown as Error).name !== 'Cancelled')
        notices.show(
          'problem',
          `Not saved, and taken back: ${options.description}. ${(thrown as Error).message}`,
        );
      return false;
    }
  }

  /** Puts labels into the columns before the host has them; what it gives back puts the old ones back. */
  function show(changes: readonly Change[]): () => void {
    const { columns } = faces;
    const held = changes.map(({ face, attribute: a, value }) => {
      const row = faces.rowOfFace(face);
      if (row < 0) return null;
      const before = {
        value: columns.values[a][row],
        origin: columns.origins[a][row],
        confidence: columns.confidences[a][row],
        own: own.value?.[a][row] ?? UNSAID,
      };
      put(row, a, { value, origin: value < 0 ? -1 : HUMAN, confidence: Number.NaN, own: value });
      unsaved.value.add(face * 8 + a);
      return { row, a, before };
    });
    changed();
    return () => {
      for (const one of held) if (one) put(one.row, one.a, one.before);
    };
  }

  function put(
    row: number,
    a: number,
    label: { value: number; origin: number; confidence: number; own: number },
  ): void {
    const { columns } = faces;
    columns.values[a][row] = label.value;
    columns.origins[a][row] = label.origin;
    columns.confidences[a][row] = label.confidence;
    const values = columns.values.map((column) => column[row]);
    columns.cohorts[row] = values.every((value) => value >= 0) ? cohortIndex(values) : -1;
    if (own.value) own.value[a][row] = label.own;
  }

  function settle(changes: readonly Change[]): void {
    for (const { face, attribute: a } of changes) unsaved.value.delete(face * 8 + a);
    triggerRef(unsaved);
  }

  function changed(): void {
    faces.touched();
    triggerRef(unsaved);
    triggerRef(own);
  }

  function stepHost(): StepHost {
    const annotator = (): { annotator: string } => ({ annotator: preferences.annotator });
    return {
      next: (how, own) => client.call('label.step', { how, own, ...annotator() }),
      one: (how, batch) => client.call(`label.${how}`, { batch, ...annotator() }),
    };
  }

  /** Takes back a batch; without one, the latest of this window that stands. Another's is only offered. */
  const undo = (batch?: number): Promise<void> => step('undo', batch);

  /** Brings back a batch; without one, what was taken back last of this window's. */
  const redo = (batch?: number): Promise<void> => step('redo', batch);

  async function step(how: StepKind, batch: number | undefined): Promise<void> {
    if (faces.summary === null) return;
    if (readOnly.value) {
      notices.show('info', READ_ONLY);
      return;
    }
    const found = await notices.attempt(async () =>
      batch === undefined ? steps.next(how) : { stepped: await steps.one(how, batch), other: null },
    );
    if (!found) return;
    const { other } = found;
    stepped.value = found.stepped;
    if (found.stepped) notices.show('info', steppedWords(found.stepped));
    else if (other === null) notices.show('info', nothingOwn(how, null));
    else
      notices.show('info', nothingOwn(how, other), {
        title: how === 'undo' ? 'Undo them' : 'Redo them',
        run: () => void step(how, other.id),
      });
  }

  function decisionOf(changes: readonly Change[], { models, kind }: WriteOptions): Decision {
    const accepted = kind === 'accept' ? changes.length : 0;
    const decision = { labels: changes.length, compared: 0, agreed: 0, accepted };
    // A value for a whole selection is no judgement of each face: it is counted, not compared.
    if (new Set(changes.map(({ face }) => face)).size > 1) return decision;
    changes.forEach(({ face, attribute: a, value }, i) => {
      const row = faces.rowOfFace(face);
      const inColumns =
        row >= 0 && faces.columns.origins[a][row] === MODEL ? faces.columns.values[a][row] : -1;
      const said = models?.[i] ?? inColumns;
      if (said < 0 || value < 0) return;
      decision.compared++;
      if (said === value) decision.agreed++;
    });
    return decision;
  }

  /** Reads what the annotator said, also where another's word is current. */
  async function loadOwn(): Promise<void> {
    if (!blind.value || faces.summary === null) {
      own.value = null;
      return;
    }
    const said = await notices.attempt(() => client.call('label.own', { annotator: preferences.annotator }));
    if (!said) {
      blind.value = false;
      return;
    }
    const n = faces.columns.faces.length;
    const next = Array.from({ length: 5 }, () => new Int8Array(n).fill(UNSAID));
    said.faces.forEach((face, i) => {
      const row = faces.rowOfFace(face);
      if (row >= 0) next[said.attributes[i]][row] = said.values[i];
    });
    own.value = next;
  }

  async function setBlind(on: boolean): Promise<void> {
    blind.value = on;
    await loadOwn();
  }

  watch(
    () => [preferences.annotator, faces.columns.faces] as const,
    () => void loadOwn(),
  );
  watch(
    () => faces.summary?.path,
    () => {
      session.value = newSession();
      steps = new OwnSteps(stepHost());
      stepped.value = null;
    },
  );
  client.on('labels.changed', () => {
    if (blind.value && unsaved.value.size === 0) void loadOwn();
  });

  return {
    attribute,
    session,
    unsaved,
    stepped,
    blind,
    own,
    readOnly,
    selectedFaces,
    set,
    setMany,
    accept,
    undo,
    redo,
    setBlind,
  };
});
