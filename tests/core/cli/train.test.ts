import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { Project } from '../../../core/project/project.ts';
import { run } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-cli-train-'));
const faces = join(folder, 'faces');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SMALL = ['--width', '0.125', '--size', '16', '--embedding', '8', '--epochs', '1', '--batch', '2'];

describe('visage train', () => {
  test('trains on a folder per person, and says what it did', async () => {
    for (const [i, person] of ['a', 'b'].entries()) {
      mkdirSync(join(faces, person), { recursive: true });
      const background = { r: 200 * i, g: 90, b: 120 };
      const picture = sharp({ create: { width: 16, height: 16, channels: 3, background } });
      for (const name of ['1.png', '2.png'])
        await picture
          .clone()
          .png()
          .toFile(join(faces, person, name));
    }
    const runs = join(folder, 'runs');
    const words = ['train', faces, ...SMALL, '--runs', runs, '--network', 'dc', '--device', 'cpu'];
    const done = await run([...words, '--progress', '--json']);
    expect(done).toMatchObject({
      code: 0,
      json: { name: 'dc-cosface-1', pictures: 4, classes: 2, steps: 2 },
    });
    // 0.1 · 2/512, and a tenth of it from half the epochs on.
    expect(done.err).toMatch(/Epoch 1 of 1: loss \d+\.\d+, accuracy \d+\.\d %, rate 0\.0000391/);
    const again = await run(words);
    expect(again.out).toMatch(/dc, .* M parameters, trained on 4 pictures of 2 identities: 1 epoch, 2 steps/);
    expect(again.out).toContain(`visage models P.visage add ${join(runs, 'dc-cosface-1', 'network.onnx')}`);
  });

  test('refuses wrong words in a sentence, with exit code 2', async () => {
    Project.create(join(folder, 'p.visage')).close();
    const refused = async (words: string[], sentence: RegExp) =>
      expect(await run(['train', ...words])).toMatchObject({ code: 2, err: expect.stringMatching(sentence) });
    await refused([faces, '--network', 'vgg'], /'--network vgg' is not allowed\. Allowed: bl, dc, as4/);
    await refused(
      [faces, '--where', 'age=20-49'],
      /is no project: faces cannot be selected in it with --where/,
    );
    await refused([faces, '--add'], /is no project, so --add has none/);
    await refused([join(folder, 'p.visage'), '--format', 'records'], /is a project: --format and --images/);
    await refused([faces, '--drop-at', '4,x'], /--drop-at/);
    await refused([faces, '--batch', '1'], /--batch 1/);
    await refused([faces, '--anneal-from', '0'], /--anneal-from 0/);
    await refused([faces, '--validate', 'x'], /--validate x/);
    expect(await run(['train', join(folder, 'p.visage')])).toMatchObject({
      code: 1,
      err: expect.stringContaining("The run 'bl-cosface-1' has nothing to train on: no face is selected."),
    });
  });

  test('has help with examples', async () => {
    const { code, out } = await run(['train', '--help']);
    expect(code).toBe(0);
    for (const word of ['--accumulate', '--drop-at', 'curve.jsonl', 'visage train faces.visage']) {
      expect(out).toContain(word);
    }
  });
});
