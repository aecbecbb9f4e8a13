import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import { expect, test } from 'vitest';
import { menuTemplate } from '../../electron/menu.ts';

const RENDERER = resolve(import.meta.dirname, '../../renderer');
const source = readdirSync(RENDERER, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(ts|vue)$/.test(name))
  .map((name) => readFileSync(join(RENDERER, name), 'utf8'))
  .join('\n');

const items = (menu: MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
  menu.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? items(item.submenu) : [])]);

function menu(mac: boolean, development = false) {
  const done: string[] = [];
  const template = menuTemplate(mac, development, {
    run: (id) => done.push(id),
    openProject: () => done.push('open'),
    newWindow: () => done.push('new'),
  });
  return { all: items(template), done };
}

const press = (item: MenuItemConstructorOptions): void => item.click?.({} as never, undefined, {} as never);

test('items that run commands name commands that the window has', () => {
  const { all, done } = menu(false);
  const commands = all.filter(({ id }) => id !== undefined);
  expect(commands.length).toBeGreaterThanOrEqual(6);
  for (const item of commands) {
    press(item);
    expect(source, `the window has no command '${item.id}'`).toContain(`id: '${item.id}'`);
  }
  expect(done).toEqual(commands.map(({ id }) => id));
});

/** 'CmdOrCtrl+Shift+N' as the window writes it: 'mod+shift+n'. */
const asKey = (accelerator: string): string => accelerator.replace('CmdOrCtrl', 'mod').toLowerCase();

test("no key that the menu takes for itself is one of the window's", () => {
  const keys = [...source.matchAll(/'((?:mod|ctrl|alt|meta)\+[^' ]+)'/g)].map(([, key]) => key);
  expect(keys).toContain('mod+z');
  // What Electron's roles bring along on Linux and Windows.
  const ofRoles: Readonly<Record<string, string[]>> = {
    close: ['mod+w'],
    quit: ['mod+q'],
    reload: ['mod+r'],
    resetZoom: ['mod+0'],
    zoomIn: ['mod++'],
    zoomOut: ['mod+-'],
    toggleDevTools: ['mod+shift+i'],
  };
  for (const mac of [false, true]) {
    const taken = menu(mac, true).all.flatMap(({ role, accelerator, registerAccelerator }) => [
      ...(ofRoles[role ?? ''] ?? []),
      ...(accelerator !== undefined && registerAccelerator !== false ? [asKey(String(accelerator))] : []),
    ]);
    expect(taken.length).toBeGreaterThan(5);
    expect(taken.filter((key) => keys.includes(key))).toEqual([]);
  }
});

test("keys that are shown for the window's commands are the window's", () => {
  for (const { id, accelerator } of menu(false).all) {
    if (id === undefined || accelerator === undefined) continue;
    const at = source.indexOf(`id: '${id}'`);
    expect(source.slice(at, at + 300), `'${id}' has another key in the window`).toContain(
      `'${asKey(String(accelerator))}'`,
    );
  }
});

test('tools for developers are shown in development only, and quitting where the system expects it', () => {
  const roles = (mac: boolean, development: boolean) => menu(mac, development).all.map(({ role }) => role);
  expect(roles(false, false)).not.toContain('toggleDevTools');
  expect(roles(false, true)).toContain('toggleDevTools');
  expect(roles(false, false)).toContain('quit');
  expect(roles(true, false)).not.toContain('quit');
  expect(roles(true, false)).toContain('appMenu');
});
