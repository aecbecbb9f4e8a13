import { ref } from 'vue';
import { labelWords } from '../../labelling/keys.ts';
import { MODEL, UNSAID } from '../../labelling/marks.ts';
import { type Change, useLabelling } from '../../labelling/use-labelling.ts';
import { useFaces } from '../../workspace/faces-store.ts';
import { attributeAfter, firstAttribute } from '../worklist/worklist.ts';
import { useWorklist } from '../worklist/worklist-store.ts';

/** A value that one key takes over. */
export interface Suggestion {
  value: number;
  /** NaN where none is known. */
  confidence: number;
}

/** A save that takes longer holds keys back: the next ones were meant for a picture that is not there yet. */
const PATIENCE_MS = 300;

/**
 * One face at a time: labels it, goes to its next attribute, then to the next face. The picture changes when the label
 * is saved, never before; keys pressed meanwhile wait their turn.
 * @param modelSays what a model said of the shown face, where its history is known (−1: nothing)
 */
export function useStepper(modelSays: (attribute: number) => number | undefined) {
  const faces = useFaces();
  const labelling = useLabelling();
  const worklist = useWorklist();
  /** True at the end of the list, after its last face was answered. */
  const atEnd = ref(false);
  /** True while keys are held back because a save takes long. */
  const held = ref(false);
  let turn: Promise<void> = Promise.resolve();
  let waitingSince = 0;

  function inTurn(work: () => Promise<void>): void {
    if (waitingSince > 0 && performance.now() - waitingSince > PATIENCE_MS) {
      held.value = true;
      return;
    }
    if (waitingSince === 0) waitingSince = performance.now();
    const mine = turn.then(work).then(() => {
      held.value = false;
      waitingSince = turn === mine ? 0 : performance.now();
    });
    turn = mine;
  }

  function goTo(place: number): void {
    const { rows } = worklist.list;
    if (rows.length === 0) return;
    atEnd.value = place >= rows.length;
    const inside = Math.max(0, Math.min(rows.length - 1, place));
    faces.focused = rows[inside];
    labelling.attribute = firstAttribute(worklist.wantedAt(inside), (a) => worklist.isDone(inside, a));
  }

  /** What a key would take over for an attribute of the face at a place: the queue's word, else the model's. */
  function suggestionAt(place: number, attribute: number): Suggestion | null {
    const row = worklist.list.rows[place];
    if (row === undefined) return null;
    if (labelling.own !== null && labelling.own[attribute][row] === UNSAID) return null;
    const { columns } = faces;
    const flag = worklist.flagAt(place, attribute);
    if (flag && flag.suggested >= 0) {
      const same =
        columns.origins[attribute][row] === MODEL && columns.values[attribute][row] === flag.suggested;
      return {
        value: flag.suggested,
        confidence: same ? columns.confidences[attribute][row] : Number.NaN,
      };
    }
    if (columns.origins[attribute][row] !== MODEL || columns.values[attribute][row] < 0) return null;
    return { value: columns.values[attribute][row], confidence: columns.confidences[attribute][row] };
  }

  async function label(changes: readonly Change[], accepted: boolean): Promise<boolean> {
    const [{ face }] = changes;
    const words = changes.map(({ attribute, value }) => labelWords(attribute, value)).join(', ');
    const options = { quiet: true, models: changes.map(({ attribute }) => modelSays(attribute) ?? -1) };
    const reconciles = worklist.choice.kind === 'reconcile';
    const [{ attribute, value }] = changes;
    // A label of one's own is one call with one event; what else it is must be said with it.
    const saved =
      accepted || reconciles || changes.length > 1
        ? await labelling.setMany(changes, {
            ...options,
            kind: reconciles ? 'reconcile' : accepted ? 'accept' : 'label',
            description: `${reconciles ? 'decided' : 'accepted'} ${words} for face ${face}`,
          })
        : await labelling.set(Int32Array.of(face), attribute, value, true, options);
    if (saved) worklist.answer(changes);
    return saved;
  }

  const say = (value: number): void =>
    inTurn(async () => {
      const { place } = worklist;
      const { attribute } = labelling;
      if (place < 0) return;
      const face = faces.focusedFace;
      const next = attributeAfter(worklist.wantedAt(place), (a) => worklist.isDone(place, a), attribute);
      const saving = label([{ face, attribute, value }], false);
      // On the same face the next attribute does not wait.
      if (next !== undefined) labelling.attribute = next;
      if (await saving) {
        if (next === undefined) goTo(place + 1);
      } else labelling.attribute = attribute;
    });

  /** Takes over the active attribute's suggestion and goes on; without one it only goes on. */
  const accept = (): void =>
    inTurn(async () => {
      const { place } = worklist;
      const { attribute } = labelling;
      if (place < 0) return;
      const suggestion = suggestionAt(place, attribute);
      const next = attributeAfter(worklist.wantedAt(place), (a) => worklist.isDone(place, a), attribute);
      if (
        suggestion &&
        !(await label([{ face: faces.focusedFace, attribute, value: suggestion.value }], true))
      )
        return;
      if (next === undefined) goTo(place + 1);
      else labelling.attribute = next;
    });

  /** Takes over every suggestion of the face as one step, and goes to the next face. */
  const acceptAll = (): void =>
    inTurn(async () => {
      const { place } = worklist;
      if (place < 0) return;
      const face = faces.focusedFace;
      const changes = worklist.wantedAt(place).flatMap((attribute): Change[] => {
        const suggestion = worklist.isDone(place, attribute) ? null : suggestionAt(place, attribute);
        return suggestion ? [{ face, attribute, value: suggestion.value }] : [];
      });
      if (changes.length > 0 && !(await label(changes, true))) return;
      goTo(place + 1);
    });

  const move = (by: number): void =>
    inTurn(async () => {
      if (worklist.place + by < worklist.list.rows.length) goTo(worklist.place + by);
    });

  return { atEnd, held, say, accept, acceptAll, move, goTo, suggestionAt };
}
