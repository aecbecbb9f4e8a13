import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PREFERENCE_DEFAULTS } from '../../../core/contract/procedures/preferences.ts';
import { PreferenceFile } from '../../../core/host/preferences.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'visage-preferences-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what is set outlasts the host, in a folder that is made for it', () => {
  const settings = join(folder, 'new', 'settings');
  const first = new PreferenceFile(settings);
  expect(first.get()).toEqual({ preferences: PREFERENCE_DEFAULTS, notice: null });
  first.set({ annotator: 'ana', bindings: { 'shell.palette': ['mod+j'] } });
  first.set({ theme: 'dark' });
  expect(new PreferenceFile(settings).get().preferences).toEqual({
    ...PREFERENCE_DEFAULTS,
    ...{ annotator: 'ana', bindings: { 'shell.palette': ['mod+j'] }, theme: 'dark' },
  });
  expect(readdirSync(settings)).toEqual(['preferences.json']);
});

test.each([
  ['no JSON', '{"theme": "da', 'it is not JSON'],
  ['another shape', '{"theme": "purple"}', 'theme'],
])('%s: the defaults, one notice, and the old file kept', (_, text, why) => {
  writeFileSync(join(folder, 'preferences.json'), text);
  const file = new PreferenceFile(folder);
  const { preferences, notice } = file.get();
  expect(preferences).toEqual(PREFERENCE_DEFAULTS);
  expect(notice).toContain('could not be read');
  expect(notice).toContain(why);
  expect(file.get().notice).toBeNull();
  expect(readFileSync(join(folder, 'preferences.json.damaged'), 'utf8')).toBe(text);
  file.set({ thumbSize: 160 });
  expect(new PreferenceFile(folder).get()).toMatchObject({ preferences: { thumbSize: 160 }, notice: null });
});

test('fields of a newer version are no damage, and what is not allowed is refused', () => {
  writeFileSync(join(folder, 'preferences.json'), '{"annotator": "ben", "later": 1}');
  const file = new PreferenceFile(folder);
  expect(file.get()).toMatchObject({ preferences: { annotator: 'ben' }, notice: null });
  expect(() => file.set({ annotator: '  ' })).toThrow();
  expect(() => file.set({ thumbSize: 5 })).toThrow();
  expect(file.get().preferences.annotator).toBe('ben');
});

test('a settings folder that cannot be made is said', () => {
  const blocked = join(folder, 'file');
  writeFileSync(blocked, '');
  const settings = join(blocked, 'settings');
  expect(() => new PreferenceFile(settings).set({ theme: 'dark' })).toThrow(
    `The preferences are not kept. '${settings}' cannot be written: a part of that path is a file`,
  );
  mkdirSync(join(folder, 'x'));
  expect(existsSync(join(folder, 'x', 'preferences.json'))).toBe(false);
});
