import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Random } from '../../../core/foundation/random.ts';
import type { Project } from '../../../core/project/project.ts';
import type { Agent } from '../../../core/project/types.ts';
import { type LabelEvent, modelOpinion, opinionsOf, tell } from '../../../renderer/labelling/opinions.ts';
import { ANA, NET, projectOf, RULE, scratch } from '../../core/project/scratch.ts';

const folder = scratch();
const BEN: Agent = { origin: 'human', name: 'ben' };

const historyOf = (project: Project): LabelEvent[] =>
  project.history(1).map((event) => {
    const { kind, description, events, undone } = project.batch(event.batch);
    return { ...event, step: { kind, description, events, undone } };
  });

test('what stands, who says it and what is current are as the project has them, through any undo and redo', () => {
  const project = projectOf(join(folder, 'many.visage'), 1, [2]);
  const random = new Random(4);
  const agents = [ANA, BEN, NET, RULE];
  const batches: number[] = [];
  for (let i = 0; i < 120; i++) {
    const draw = random.uniform();
    if (draw < 0.6 || batches.length === 0) {
      const agent = agents[random.below(agents.length)];
      const change = { face: 1, attribute: 0, value: random.below(4) - 1 };
      batches.push(project.label([change], agent, { kind: 'label', description: 'x' }).id);
    } else {
      const batch = batches[random.below(batches.length)];
      if (project.batch(batch).undone) project.redo(batch);
      else project.undo(batch);
    }
    const told = tell(historyOf(project));
    for (const { event, standing } of told)
      if (event.retracts === null) expect(standing).toBe(!event.step.undone);
    expect(told.at(-1)?.after?.value ?? -1).toBe(project.face(1).labels[0]);
    const expected = project
      .opinions(0, Int32Array.of(1))
      .map(({ agent, values }) => [agent.name, values[0]])
      .sort();
    const found = opinionsOf(told, 0).map(({ agent, value }) => [agent, value]);
    expect(found.sort()).toEqual(expected);
  }
  expect(batches.length).toBeGreaterThan(50);
  project.close();
});

test('each event says what it replaced', () => {
  const project = projectOf(join(folder, 'few.visage'), 1, [2]);
  const say = (agent: Agent, value: number) =>
    project.label([{ face: 1, attribute: 0, value, confidence: agent === NET ? 0.8 : undefined }], agent, {
      kind: 'label',
      description: 'x',
    });
  say(NET, 0);
  const { id } = say(ANA, 1);
  project.undo(id);
  const told = tell(historyOf(project));
  expect(told.map(({ before, after }) => [before?.value ?? null, after?.value ?? null])).toEqual([
    [null, 2],
    [2, 2],
    [2, 1],
    [1, 2],
  ]);
  expect(told.map(({ standing }) => standing)).toEqual([true, true, false, true]);
  expect(modelOpinion(told, 0)).toMatchObject({ value: 0, confidence: 0.8, agent: 'net' });
  expect(modelOpinion(told, 1)).toBeNull();
  project.close();
});
