import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { labelHandlers } from '../../../core/host/handlers/labels.ts';
import type { Workplace } from '../../../core/host/workplace.ts';
import type { Project } from '../../../core/project/project.ts';
import { annotateCommands } from '../../../renderer/annotate/commands.ts';
import { nothingOwn, OwnSteps, steppedWords } from '../../../renderer/labelling/own-steps.ts';
import { projectOf, scratch } from '../../core/project/scratch.ts';

/** Windows on one project: each has its own steps, all ask the same host, whose answers are the program's own. */
const folder = scratch();
let made = 0;
let project: Project;
let pushed: { topic: string; news: unknown }[];
let calls: string[];
beforeEach(() => {
  project = projectOf(join(folder, `${made++}.visage`), 6);
  pushed = [];
  calls = [];
});
afterEach(() => project.close());

interface Window {
  steps: OwnSteps;
  /** Labels faces as any view does; gives the batch. */
  label(value: number, ...faces: number[]): Promise<number>;
}

function openWindow(annotator: string, before: () => Promise<void> = async () => {}): Window {
  const place = { project, push: (topic: string, news: unknown) => pushed.push({ topic, news }) };
  const handlers = labelHandlers(place as unknown as Workplace);
  const options = { signal: new AbortController().signal } as never;
  const steps = new OwnSteps({
    next: async (how, own) => {
      calls.push(`next ${how}`);
      return handlers['label.step']({ how, own, annotator }, options);
    },
    one: async (how, batch) => {
      calls.push(`${how} ${batch}`);
      return handlers[`label.${how}`]({ batch, annotator }, options);
    },
  });
  return {
    steps,
    label: async (value, ...faces) => {
      const { batch } = await steps.write(async () => {
        await before();
        return handlers['label.set'](
          { faces: Int32Array.from(faces), attribute: 1, value, annotator, description: `gender ${value}` },
          options,
        );
      });
      return batch.id;
    },
  };
}

/** Gender of the first faces, −1 unknown. */
const genders = (n: number): number[] => Array.from({ length: n }, (_, i) => project.face(i + 1).labels[1]);

describe('the steps of a window', () => {
  test('whichever view wrote or took back: the next undo goes to what stands, never to the same again', async () => {
    const { steps, label } = openWindow('ana');
    const [first, second] = [await label(0, 1), await label(1, 2)];
    // By the shell's key in one view …
    expect((await steps.next('undo')).stepped?.batch).toMatchObject({ kind: 'undo', target: second });
    // … and then in another: the next one, not the one that is undone already.
    const { stepped } = await steps.next('undo');
    expect(stepped?.batch.target).toBe(first);
    expect(genders(2)).toEqual([-1, -1]);
    expect(await steps.next('undo')).toEqual({ stepped: null, other: null });
    // Brought back in the order of undoing, and taken back again.
    expect((await steps.next('redo')).stepped?.batch.target).toBe(first);
    expect((await steps.next('redo')).stepped?.batch.target).toBe(second);
    expect(genders(2)).toEqual([0, 1]);
    expect((await steps.next('redo')).stepped).toBeNull();
    expect((await steps.next('undo')).stepped?.batch.target).toBe(second);
  });

  test('a step that is taken back by its number is passed over, and redo knows it', async () => {
    const { steps, label } = openWindow('ana');
    const [first, second, third] = [await label(0, 1), await label(0, 2), await label(0, 3)];
    await steps.one('undo', second);
    expect((await steps.next('undo')).stepped?.batch.target).toBe(third);
    expect((await steps.next('undo')).stepped?.batch.target).toBe(first);
    for (const step of [first, third, second])
      expect((await steps.next('redo')).stepped?.batch.target).toBe(step);
    await expect(steps.one('redo', second)).rejects.toThrow(`Batch ${second} (gender 0) stands`);
    expect(genders(3)).toEqual([0, 0, 0]);
  });

  test('new labels let go of what was undone before them', async () => {
    const { steps, label } = openWindow('ana');
    const first = await label(0, 1);
    await steps.next('undo');
    await label(1, 1);
    const answer = await steps.next('redo');
    expect(answer.stepped).toBeNull();
    expect(answer.other?.id).toBe(first);
    expect(genders(1)).toEqual([1]);
  });

  test('undo waits for a label that is being written, and takes that one', async () => {
    let save = (): void => {};
    const slow = new Promise<void>((resolve) => {
      save = resolve;
    });
    let wait = false;
    const { steps, label } = openWindow('ana', async () => (wait ? slow : undefined));
    await label(0, 1);
    wait = true;
    const writing = label(1, 2);
    const undone = [steps.next('undo'), steps.next('undo')];
    await Promise.resolve();
    expect(calls).toEqual([]);
    save();
    const second = await writing;
    const targets = (await Promise.all(undone)).map(({ stepped }) => stepped?.batch.target);
    expect(targets).toEqual([second, second - 1]);
  });

  test('a label that could not be written is no step, and holds nothing up', async () => {
    let full = false;
    const { steps, label } = openWindow('ana', async () => {
      if (full) throw new Error('The disk is full.');
    });
    const first = await label(0, 1);
    full = true;
    await expect(label(1, 2)).rejects.toThrow('full');
    expect((await steps.next('undo')).stepped?.batch.target).toBe(first);
  });
});

describe('two windows on one project', () => {
  test('what one took back the other does not send again', async () => {
    const [one, two] = [openWindow('ana'), openWindow('ana')];
    const [first, second] = [await one.label(0, 1), await one.label(1, 2)];
    await two.steps.one('undo', second);
    calls = [];
    expect((await one.steps.next('undo')).stepped?.batch.target).toBe(first);
    expect(calls).toEqual(['next undo']);
    expect(genders(2)).toEqual([-1, -1]);
  });

  test("the other's steps are named and offered, never taken back unasked", async () => {
    const [one, two] = [openWindow('ana'), openWindow('ben')];
    const mine = await one.label(0, 1);
    const theirs = await two.label(1, 2, 3);
    expect((await one.steps.next('undo')).stepped?.batch.target).toBe(mine);
    const { stepped, other } = await one.steps.next('undo');
    expect(stepped).toBeNull();
    expect(genders(3)).toEqual([-1, 1, 1]);
    expect(nothingOwn('undo', other)).toBe(
      `No labels of this window are left to undo. The project's latest are batch ${theirs} by ben: gender 1 (2 labels).`,
    );
    // Who takes the offer can bring it back by the key.
    const taken = await one.steps.one('undo', theirs);
    expect(steppedWords(taken)).toBe(`undo of batch ${theirs}: gender 1 (2 faces)`);
    expect((await one.steps.next('redo')).stepped?.batch.target).toBe(theirs);
  });

  test('every window is told what was stepped over, so that queues open it again', async () => {
    const one = openWindow('ana');
    const step = await one.label(1, 2, 3);
    await one.steps.next('undo');
    expect(pushed.at(-1)).toEqual({
      topic: 'labels.stepped',
      news: { how: 'undo', step, faces: Int32Array.of(2, 3), attributes: Uint8Array.of(1) },
    });
  });
});

test('no view has an undo of its own beside the window’s', () => {
  const on = new Proxy(
    { lists: [], attributeKeys: [] },
    { get: (own, key) => Reflect.get(own, key) ?? (() => {}) },
  );
  const keys = annotateCommands(on as never).flatMap((command) => command.keys ?? []);
  expect(keys).not.toContain('mod+z');
  expect(keys).not.toContain('mod+y');
});
