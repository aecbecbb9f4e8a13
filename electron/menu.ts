import type { MenuItemConstructorOptions } from 'electron';

/** What menu items do. */
export interface MenuActions {
  /** Runs a command of the window that is in front. */
  run(id: string): void;
  openProject(): void;
  newWindow(): void;
}

type Item = MenuItemConstructorOptions;

const LINE: Item = { type: 'separator' };

/**
 * The menu bar. Keys of commands belong to the window (its user may rebind them), so where the system lets us, they are
 * only shown here; on macOS the window hears a key first and the menu gets what it left.
 */
export function menuTemplate(mac: boolean, development: boolean, actions: MenuActions): Item[] {
  const command = (label: string, id: string, accelerator?: string): Item => ({
    id,
    label,
    ...(accelerator !== undefined && { accelerator, registerAccelerator: false }),
    click: () => actions.run(id),
  });
  return [
    ...(mac ? [{ role: 'appMenu' } satisfies Item] : []),
    {
      label: '&File',
      submenu: [
        { label: 'New Window', accelerator: 'CmdOrCtrl+Shift+N', click: () => actions.newWindow() },
        LINE,
        { label: 'Open Project…', accelerator: 'CmdOrCtrl+O', click: () => actions.openProject() },
        command('Projects', 'go.start'),
        LINE,
        { role: 'close' },
        ...(mac ? [] : [{ role: 'quit' } satisfies Item]),
      ],
    },
    {
      label: '&Edit',
      submenu: [
        command('Undo Labels', 'label.undo', 'CmdOrCtrl+Z'),
        command('Redo Labels', 'label.redo', 'CmdOrCtrl+Shift+Z'),
        LINE,
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
      ],
    },
    {
      label: '&View',
      submenu: [
        command('Command Palette', 'shell.palette', 'CmdOrCtrl+K'),
        command('Light or Dark', 'shell.theme', 'CmdOrCtrl+Shift+L'),
        LINE,
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        LINE,
        { role: 'reload' },
        ...(development ? [{ role: 'toggleDevTools' } satisfies Item] : []),
      ],
    },
    { role: 'windowMenu' },
    { role: 'help', submenu: [command('Keyboard Shortcuts', 'shell.shortcuts'), { role: 'about' }] },
  ];
}
