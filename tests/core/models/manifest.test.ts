import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { DECODERS } from '../../../core/models/detection/decoders.ts';
import { parseManifest, readManifest, writeManifest } from '../../../core/models/manifest.ts';
import { checkReading } from '../../../core/models/prelabel/readings.ts';
import { readyManifests } from '../../../core/models/ready-manifests.ts';
import { tapFor } from '../../../core/models/taps.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-manifest-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('ready manifests are whole, and their names and checksums are their own', () => {
  const ready = readyManifests();
  expect(ready.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'mobilefacenet',
      'rfb-320',
      'pfld',
      'fsanet',
      'age-gender',
      'scrfd-10g',
      'arcface-r50',
      'fairface',
    ]),
  );
  const sums = ready.flatMap(({ files }) => files.map(({ sha256 }) => sha256)).filter((sum) => sum !== null);
  expect(new Set(sums).size).toBe(sums.length);
  expect(new Set(ready.map(({ name }) => name)).size).toBe(ready.length);
  for (const manifest of ready) {
    const { outputs, readings, task, decoder, files } = manifest;
    for (const reading of readings) {
      const output = outputs.find(({ name }) => name === reading.output);
      const columns = output?.shape?.at(-1);
      expect(output, manifest.name).toBeDefined();
      checkReading(reading, typeof columns === 'number' ? columns : undefined, manifest.name);
    }
    if (task === 'detector') expect(Object.keys(DECODERS)).toContain(decoder);
    // A checksum says where it comes from; an address is never without one.
    for (const file of files) {
      if (file.sha256 !== null) expect(file.checked, manifest.name).toBeTruthy();
      if (file.url !== undefined) expect(file.sha256, manifest.name).not.toBe(null);
    }
  }
});

test('a manifest is written and read back', () => {
  const path = join(folder, 'm.json');
  for (const manifest of readyManifests()) {
    writeManifest(path, manifest);
    expect(readManifest(path)).toEqual(manifest);
  }
});

test('wrong manifests are refused with every field that is wrong', () => {
  const path = join(folder, 'bad.json');
  writeFileSync(path, '{ not json');
  expect(() => readManifest(path)).toThrow(/bad\.json' cannot be read: /);
  const [manifest] = readyManifests();
  expect(() => parseManifest({ ...manifest, task: 'faces', surplus: 1 }, 'm.json')).toThrow(
    /'m\.json'.*'task'.*surplus/s,
  );
  const preparation = { ...manifest.preparation, std: [1, 0, 1] };
  expect(() => parseManifest({ ...manifest, preparation }, 'm.json')).toThrow(
    /preparation\.std': a standard deviation of 0/,
  );
  expect(() => parseManifest({ ...manifest, files: [{ path: 'a', sha256: 'xyz' }] }, 'm.json')).toThrow(
    /files\.0\.sha256': a SHA-256 in 64/,
  );
  expect(() =>
    parseManifest({ ...manifest, files: [...manifest.files, ...manifest.files] }, 'm.json'),
  ).toThrow(/lists 2 files; say "combine": "average"/);
});

test('taps by name, and by values of the graph', () => {
  const manifest = readyManifests().find(({ name }) => name === 'mobilefacenet') ?? readyManifests()[0];
  const rank = (value: string): number => (value.startsWith('map') ? 4 : 2);
  expect(tapFor('pooled', manifest, rank).values).toHaveLength(3);
  expect(tapFor('map1+map2:max:l2', manifest, rank)).toMatchObject({
    name: 'map1_map2_max_l2',
    values: ['map1', 'map2'],
    pool: 'max',
    normalise: 'l2',
    kind: 'pooled',
  });
  expect(tapFor('map1', manifest, rank).pool).toBe('average');
  expect(tapFor('vector:0', manifest, rank)).toMatchObject({ values: ['vector:0'], pool: 'none' });
});
