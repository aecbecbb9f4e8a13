import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Binary, electronBinary } from '../../build/electron-binary.ts';

/** A folder that looks like the npm package 'electron' with an install script of ours. */
let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'visage-electron-'));
  said = [];
  writeFileSync(join(folder, 'package.json'), '{"version":"45.0.0","type":"commonjs"}');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const installing = (code: string): void => writeFileSync(join(folder, 'install.js'), code);
const find = (over: { retry?: boolean; limit?: number; env?: NodeJS.ProcessEnv } = {}): Binary =>
  electronBinary({
    folder,
    limit: over.limit ?? 20_000,
    retry: over.retry ?? false,
    env: over.env ?? { PATH: process.env.PATH },
    say: (line) => said.push(line),
  });

test('a binary that is there is used without a word', () => {
  mkdirSync(join(folder, 'dist'));
  writeFileSync(join(folder, 'dist', 'electron'), '');
  writeFileSync(join(folder, 'path.txt'), 'electron');
  expect(find()).toEqual({ path: join(folder, 'dist', 'electron') });
  expect(said).toEqual([]);
});

test('a missing binary is downloaded once, with a line that says so', () => {
  installing(`const fs = require('fs'), p = require('path');
    fs.mkdirSync(p.join(__dirname, 'dist')); fs.writeFileSync(p.join(__dirname, 'dist', 'electron'), '');
    fs.writeFileSync(p.join(__dirname, 'path.txt'), 'electron');`);
  expect(find()).toEqual({ path: join(folder, 'dist', 'electron') });
  expect(said).toEqual([expect.stringContaining('Downloading Electron 45.0.0')]);
});

test('a download that fails is one sentence, and is not tried again at each start', () => {
  installing('process.exit(1)');
  expect(find()).toEqual({ missing: 'Electron 45.0.0 could not be downloaded.' });
  expect(find()).toEqual({ missing: expect.stringContaining('failed lately') });
  expect(said).toHaveLength(1);
  expect(find({ retry: true })).toEqual({ missing: 'Electron 45.0.0 could not be downloaded.' });
  const yesterday = Date.now() / 1000 - 25 * 3600;
  utimesSync(join(folder, 'download-failed'), yesterday, yesterday);
  find();
  expect(said).toHaveLength(3);
});

test('a download that hangs is ended', () => {
  installing('setTimeout(() => {}, 60000)');
  const begun = performance.now();
  expect(find({ limit: 500 })).toEqual({ missing: 'Electron 45.0.0 could not be downloaded within 0.5 s.' });
  expect(performance.now() - begun).toBeLessThan(10_000);
});

test('an install script that ends well without a binary is a failure too', () => {
  installing('');
  expect(find()).toEqual({ missing: 'Electron 45.0.0 could not be downloaded.' });
});

test('nothing is downloaded where that is forbidden, or the package is missing', () => {
  installing("require('fs').writeFileSync(require('path').join(__dirname, 'ran'), '')");
  expect(find({ env: { ELECTRON_SKIP_BINARY_DOWNLOAD: '1' } })).toEqual({
    missing: expect.stringContaining('ELECTRON_SKIP_BINARY_DOWNLOAD'),
  });
  expect(existsSync(join(folder, 'ran'))).toBe(false);
  rmSync(join(folder, 'install.js'));
  expect(find()).toEqual({ missing: "The npm package 'electron' is not installed." });
});
