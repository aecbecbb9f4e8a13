import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Cancelled } from '../../../core/foundation/fault.ts';
import { modelForTask } from '../../../core/jobs/detection/models.ts';
import type { AppliedHead } from '../../../core/jobs/heads/apply.ts';
import { type AttributeReport, type AttributeSkipped, heads } from '../../../core/jobs/heads.ts';
import { listModels } from '../../../core/jobs/models.ts';
import { ORIGIN_RANK } from '../../../core/project/types.ts';
import { type LabelledProject, labelledProject } from './labelled-project.ts';

let made: LabelledProject | undefined;
const make = (...given: Parameters<typeof labelledProject>): LabelledProject => {
  made = labelledProject(...given);
  return made;
};
afterEach(() => {
  made?.remove();
  made = undefined;
});

const FEATURES = 'drawn:embedding';
const race = (result: Record<string, unknown>) => result.race as AttributeReport;

describe('training', () => {
  test('learns what is labelled, reports what is not, stores weights with a content hash', async () => {
    // No face of race 3 is labelled, as in UTKFace; no pose at all.
    const { project } = make(600, ([age, gender, group], i) =>
      i % 3 === 0 ? [] : [age, gender, group === 3 ? undefined : group],
    );
    const result = await heads(project, { features: FEATURES, action: 'train' });
    expect(race(result).accuracy).toBeGreaterThan(0.95);
    expect(race(result).values).not.toContain('Latino/Hispanic');
    expect(race(result).absent).toEqual([
      { value: 3, faces: 0, reason: "No face is labelled 'Latino/Hispanic'." },
    ]);
    expect(
      race(result)
        .confusion.flat()
        .reduce((a, b) => a + b, 0),
    ).toBe(race(result).faces);
    expect((result.age as AttributeReport).accuracy).toBeGreaterThan(0.95);
    expect((result.gender as AttributeReport).baseline.accuracy).toBeLessThan(0.6);
    expect((result.yaw as AttributeSkipped).accuracy).toBeNull();
    expect((result.yaw as AttributeSkipped).reason).toContain('At least two values');

    const record = project.model(result.model?.name ?? '');
    expect(record.hash).toBe(result.model?.hash);
    expect(record.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(readdirSync(record.folder)).toContain('race.weights.npy');
    expect(project.jobs(1)[0]).toMatchObject({ kind: 'heads', state: 'done' });

    const again = await heads(project, { features: FEATURES, action: 'train' });
    expect(again.model).toEqual(result.model);
    expect(project.models().length).toBe(1);
    expect(readdirSync(join(project.path, 'models')).length).toBe(1);
  });

  test('heads stand beside networks: they are listed, and not taken for one', async () => {
    const { project } = make(200, ([age]) => [age]);
    const { model } = await heads(project, { features: FEATURES, action: 'train' });
    const name = model?.name ?? '';
    expect(listModels(project)).toMatchObject([
      { name, task: 'head', description: "Heads for age on 'drawn:embedding'." },
    ]);
    expect(() => modelForTask(project, 'detector', undefined)).toThrow('no model of task');
    expect(() => modelForTask(project, 'detector', name)).toThrow('holds attribute heads and no network');
  });

  test('labels of models do not teach', async () => {
    const { project, faces, truth } = make(300, ([age]) => [age]);
    project.label(
      [...faces].map((face, i) => ({ face, attribute: 1, value: truth[i][1], confidence: 0.9 })),
      { origin: 'model', name: 'net', hash: 'n1' },
      { kind: 'prelabel', description: 'net' },
    );
    const result = await heads(project, { features: FEATURES, action: 'evaluate' });
    expect(result.model).toBeNull();
    expect(project.models()).toEqual([]);
    expect((result.age as AttributeReport).faces).toBe(300);
    expect((result.gender as AttributeSkipped).faces).toBe(0);
    await expect(
      heads(project, { features: FEATURES, action: 'evaluate', attributes: ['gender'] }),
    ).rejects.toThrow('There is too little to learn from. gender: At least two values');
  });

  test('the faces of a person stay in one fold', async () => {
    const { project } = make(400, ([age, gender]) => [age, gender], {
      identity: (i) => (i < 200 ? `person ${i % 40}` : undefined),
    });
    const result = await heads(project, { features: FEATURES, action: 'evaluate' });
    expect((result.age as AttributeReport).groups).toBe(40);
  });

  test('a value that only one person has cannot be tested and is left out', async () => {
    const { project } = make(400, ([, gender], i) => [i < 20 ? 2 : gender === 0 ? 0 : 1], {
      identity: (i) => (i < 20 ? 'one' : undefined),
    });
    const result = await heads(project, { features: FEATURES, action: 'evaluate' });
    expect((result.age as AttributeReport).absent[0].reason).toContain('are of one person');
  });

  test('can be cancelled, and the job says so', async () => {
    const { project } = make(300, ([age]) => [age]);
    const controller = new AbortController();
    const work = heads(
      project,
      { features: FEATURES, action: 'train' },
      {
        signal: controller.signal,
        onProgress: ({ stage }) => stage.startsWith('Training') && controller.abort(),
      },
    );
    await expect(work).rejects.toThrow(Cancelled);
    expect(project.jobs(1)[0].state).toBe('cancelled');
    expect(project.models()).toEqual([]);
  });

  test('several feature sets stand side by side', async () => {
    const { project, faces } = make(200, ([age]) => [age]);
    const appender = project.beginFeatureSet({
      name: 'more',
      model: 'm',
      modelHash: 'h2',
      tap: 't',
      dimensions: 3,
      kind: 'pooled',
      device: 'CPU',
    });
    appender.append(faces.subarray(0, 150), new Float32Array(450).fill(1));
    appender.close();
    const result = await heads(project, { features: `${FEATURES}+more`, action: 'train' });
    expect((result.age as AttributeReport).faces).toBe(150);
    expect(result.features).toBe(`${FEATURES}+more`);
    const applied = await heads(project, { features: [FEATURES, 'more'], action: 'apply', all: true });
    expect((applied.age as AppliedHead).labelled).toBe(150);
  });
});

describe('applying', () => {
  test('labels what has no trusted label, in one batch that can be undone', async () => {
    const { project, faces, truth } = make(600, ([age, gender, group], i) =>
      i % 2 === 0 ? [age, gender, group] : [age],
    );
    const trained = await heads(project, { features: FEATURES, action: 'train' });
    const result = await heads(project, { features: FEATURES, action: 'apply' });
    expect((result.race as AppliedHead).labelled).toBe(300);
    expect(result.age as AppliedHead).toMatchObject({ labelled: 0, trusted: 600 });
    expect(result.labelled).toBe(600);
    expect((result.batches as number[]).length).toBe(1);
    const table = project.labelTable(faces);
    let right = 0;
    truth.forEach(([, , group], i) => {
      if (i % 2 === 0) return;
      expect(table.origins[2][i]).toBe(ORIGIN_RANK.model);
      expect(table.confidences[2][i]).toBeGreaterThan(0);
      if (table.values[2][i] === group) right++;
    });
    expect(right / 300).toBeGreaterThan(0.95);
    expect(project.history(faces[1]).find((event) => event.attribute === 2)).toMatchObject({
      origin: 'model',
      hash: trained.model?.hash,
    });

    const again = await heads(project, { features: FEATURES, action: 'apply' });
    expect(again.race as AppliedHead).toMatchObject({ labelled: 0, unchanged: 300 });
    expect(again.batches).toEqual([]);

    project.undo((result.batches as number[])[0]);
    expect([...project.labelTable(faces).values[2]].filter((value) => value < 0).length).toBe(300);
  });

  test('--min-confidence leaves the unsure alone; --all speaks of trusted faces from out-of-fold fits', async () => {
    const { project, faces } = make(500, ([age, gender, group], i) => (i < 400 ? [age, gender, group] : []), {
      overlap: 1.5,
    });
    await heads(project, { features: FEATURES, action: 'train', attributes: ['race'] });
    const sure = await heads(project, { features: FEATURES, action: 'apply', minConfidence: 0.9 });
    const report = sure.race as AppliedHead;
    expect(report.labelled + report.belowConfidence).toBe(100);
    expect(report.belowConfidence).toBeGreaterThan(0);
    const all = await heads(project, { features: FEATURES, action: 'apply', all: true });
    expect((all.race as AppliedHead).labelled + (all.race as AppliedHead).unchanged).toBe(500);
    // The current labels of the data set stand; the head's opinion is beside them and as good as its cross-validation.
    const table = project.labelTable(faces);
    expect([...table.origins[2].subarray(0, 400)].every((origin) => origin === ORIGIN_RANK.dataset)).toBe(
      true,
    );
    const said = project.opinions(2, faces.subarray(0, 400)).find(({ agent }) => agent.origin === 'model');
    const agree = [...(said?.values ?? [])].filter((value, i) => value === table.values[2][i]).length / 400;
    expect(agree).toBeCloseTo((all.race as AppliedHead).accuracy, 10);
  });

  test('says what is missing', async () => {
    const { project } = make(60, ([age]) => [age]);
    await expect(heads(project, { features: FEATURES, action: 'apply' })).rejects.toThrow('There is no head');
    await expect(heads(project, { features: 'nothing', action: 'train' })).rejects.toThrow("'nothing'");
    await expect(
      heads(project, { features: FEATURES, action: 'train', attributes: ['size'] }),
    ).rejects.toThrow("'size' is no attribute; allowed: age, gender, race, pitch, yaw.");
    await expect(
      heads(project, { features: FEATURES, action: 'train', settings: { folds: 1 } }),
    ).rejects.toThrow('1 folds are not possible');
  });
});
