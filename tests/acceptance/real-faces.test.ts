import { beforeAll, describe, expect, test } from 'vitest';
import { ASSETS, HAVE_ASSETS } from './assets.ts';
import { type Acceptance, runAcceptance } from './pipeline.ts';

// Faces and networks are not part of the project (research-only licences); without them there is nothing to run.
describe.skipIf(!HAVE_ASSETS)(`the main job on real faces (needs ${ASSETS})`, () => {
  let run: Acceptance;
  beforeAll(async () => {
    run = await runAcceptance();
  });

  test('every stated goal is met', () => {
    const goals = run.figures.filter(({ goal }) => goal !== undefined);
    expect(goals.length).toBeGreaterThanOrEqual(9);
    expect(goals.filter(({ met }) => !met)).toEqual([]);
  });

  test('nearly every face is found', () => {
    const [found] = run.figures.filter(({ what }) => what.startsWith('faces found'));
    expect(Number.parseFloat(found.figure)).toBeGreaterThan(99.5);
  });

  test('clusters of real features say more of the attributes than chance', () => {
    expect(run.scores.map(({ k }) => k)).toEqual([30, 30, 300, 300, 30, 30, 300, 300]);
    for (const { ami, purity, chance } of run.scores) {
      for (const attribute of ['gender', 'race', 'age'] as const) {
        expect(ami[attribute]).toBeGreaterThan(0.02);
        expect(Math.abs(chance!.ami[attribute]!)).toBeLessThan(0.02);
      }
      expect(purity.strict).toBeGreaterThan(chance!.purity.strict!);
      expect(purity.tolerant).toBeGreaterThanOrEqual(purity.strict!);
    }
  });
});
