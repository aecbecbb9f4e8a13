import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { projectAmong, projectHanded } from '../../electron/opening.ts';
import { pickOptions } from '../../electron/pick.ts';

test('a project is found among arguments, relative to where the user stands', () => {
  const at = resolve('/home/ada');
  expect(projectAmong(['faces.visage'], at)).toBe(resolve(at, 'faces.visage'));
  expect(projectAmong(['.', 'faces.visage/'], at)).toBe(resolve(at, 'faces.visage'));
  expect(projectAmong(['a.visage', '/data/b.VISAGE'], at)).toBe(resolve('/data/b.VISAGE'));
  expect(projectAmong(['--inspect=0', '.', 'with space.visage', '--trace'], at)).toBe(
    resolve(at, 'with space.visage'),
  );
  expect(projectAmong(['faces.visage/project.db'], at)).toBe(resolve(at, 'faces.visage'));
  for (const none of [[], [''], ['.'], ['-x.visage'], ['faces.visage.txt'], ['other/project.db'], ['visage']])
    expect(projectAmong(none, at)).toBeUndefined();
});

test('what a second start hands over is parsed', () => {
  expect(projectHanded({ args: ['b.visage'], folder: '/data' })).toBe(resolve('/data/b.visage'));
  for (const rubbish of [
    undefined,
    null,
    'x',
    [],
    { args: 'b.visage', folder: '/' },
    { args: [1], folder: '/' },
    { args: ['b.visage'] },
  ])
    expect(projectHanded(rubbish)).toBeUndefined();
});

test('a project is a folder, except to the dialog of macOS', () => {
  expect(pickOptions('project', 'linux').properties).toEqual(['openDirectory']);
  expect(pickOptions('project', 'win32').filters).toBeUndefined();
  expect(pickOptions('project', 'darwin')).toMatchObject({
    properties: ['openFile', 'openDirectory'],
    filters: [{ extensions: ['visage'] }],
  });
  expect(pickOptions('file', 'linux').properties).toEqual(['openFile']);
  expect(pickOptions('folder', 'linux').properties).toContain('createDirectory');
});
