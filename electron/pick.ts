import type { OpenDialogOptions } from 'electron';
import type { PickKind } from '../core/contract/bridge.ts';

/** The system's dialog for each kind of thing that the window asks for. */
export function pickOptions(kind: PickKind, platform: string): OpenDialogOptions {
  if (kind === 'file') return { title: 'Choose a file', properties: ['openFile'] };
  if (kind === 'folder')
    return { title: 'Choose a folder', properties: ['openDirectory', 'createDirectory'] };
  return {
    title: 'Open a project (a folder NAME.visage)',
    // To macOS the folder is a package, which its dialog takes for a file.
    properties: platform === 'darwin' ? ['openFile', 'openDirectory'] : ['openDirectory'],
    ...(platform === 'darwin' && { filters: [{ name: 'Visage project', extensions: ['visage'] }] }),
  };
}
