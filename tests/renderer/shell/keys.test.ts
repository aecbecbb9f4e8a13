import { expect, test } from 'vitest';
import { CommandRegistry, searchCommands, type UserCommand } from '../../../renderer/shell/commands.ts';
import { KeyDispatcher, keyLabel, keyName } from '../../../renderer/shell/keys.ts';

const press = (
  key: string,
  modifiers: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey', boolean>> = {},
) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...modifiers,
});

test('keys have one name on every platform', () => {
  expect(keyName(press('z', { ctrlKey: true }), false)).toBe('mod+z');
  expect(keyName(press('z', { metaKey: true }), true)).toBe('mod+z');
  expect(keyName(press('Z', { ctrlKey: true, shiftKey: true }), false)).toBe('mod+shift+z');
  expect(keyName(press('?', { shiftKey: true }), false)).toBe('?');
  expect(keyName(press('ArrowLeft', { shiftKey: true }), false)).toBe('shift+left');
  expect(keyName(press(' '), false)).toBe('space');
  expect(keyName(press('Shift', { shiftKey: true }), false)).toBeUndefined();
  expect([keyLabel('mod+shift+z', true), keyLabel('mod+shift+z', false), keyLabel('g m', false)]).toEqual([
    '⌘⇧Z',
    'Ctrl+Shift+Z',
    'G then M',
  ]);
});

test('sequences, prefixes, time and text fields', () => {
  const ran: string[] = [];
  const command = (id: string, keys: string[]): UserCommand => ({
    id,
    title: id,
    group: 'x',
    keys,
    run: () => ran.push(id),
  });
  const registry = new CommandRegistry();
  registry.register([command('map', ['g m']), command('male', ['m']), command('undo', ['mod+z'])]);
  let time = 0;
  const keys = new KeyDispatcher(registry, false, () => time);
  expect(keys.press(press('g'), false)).toBe(true);
  expect(keys.press(press('m'), false)).toBe(true);
  keys.press(press('m'), false);
  keys.press(press('g'), false);
  time += 5000;
  keys.press(press('m'), false);
  expect(ran).toEqual(['map', 'male', 'male']);
  expect(keys.press(press('m'), true)).toBe(false);
  expect(keys.press(press('z', { ctrlKey: true }), true)).toBe(true);
  expect(keys.press(press('q'), false)).toBe(false);
});

test("a view's key goes before the shell's while it is shown, and user's keys replace defaults", () => {
  const ran: string[] = [];
  const registry = new CommandRegistry({ shell: ['s'] });
  registry.register([{ id: 'shell', title: 'Shell', group: 'x', keys: ['a'], run: () => ran.push('shell') }]);
  const remove = registry.register([
    { id: 'view', title: 'View', group: 'x', keys: ['s'], run: () => ran.push('view') },
  ]);
  const keys = new KeyDispatcher(registry, false);
  keys.press(press('s'), false);
  remove();
  keys.press(press('s'), false);
  expect(keys.press(press('a'), false)).toBe(false);
  expect(ran).toEqual(['view', 'shell']);
  registry.bind('shell', undefined);
  expect(keys.press(press('a'), false)).toBe(true);
  expect(registry.conflicts('other', ['a']).map(({ id }) => id)).toEqual(['shell']);
});

test('the palette finds words in any order', () => {
  const named = (title: string): UserCommand => ({ id: title, title, group: 'Go to', run: () => {} });
  const commands = ['Clusters', 'Undo the last labels', 'Map'].map(named);
  expect(searchCommands(commands, 'last undo').map(({ title }) => title)).toEqual(['Undo the last labels']);
  expect(searchCommands(commands, 'm').map(({ title }) => title)[0]).toBe('Map');
  expect(searchCommands(commands, '')).toHaveLength(3);
});
