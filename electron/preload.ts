import { contextBridge, type IpcRendererEvent, ipcRenderer, webUtils } from 'electron';
import type { HostCommand, PickKind, VisageBridge } from '../core/contract/bridge.ts';
import { CHANNELS } from './channels.ts';

/** The page's window, as far as it is used here; the host's code is checked without the DOM's types. */
declare const window: { postMessage(message: unknown, origin: string, ports: readonly unknown[]): void };

// A port cannot cross the bridge; a message event of the page carries it.
ipcRenderer.on(CHANNELS.port, ({ ports }: IpcRendererEvent) =>
  window.postMessage(CHANNELS.port, 'app://visage', ports),
);

// What the menu or a second start says before the page listens is kept for it.
const waiting: HostCommand[] = [];
let hear = (command: HostCommand): void => void waiting.push(command);
ipcRenderer.on(CHANNELS.command, (_event, command: HostCommand) => hear(command));

contextBridge.exposeInMainWorld('visage', {
  connect: () => ipcRenderer.send(CHANNELS.connect),
  pick: (kind: PickKind) => ipcRenderer.invoke(CHANNELS.pick, kind) as Promise<string | null>,
  pathOf: (file: File) => webUtils.getPathForFile(file as Parameters<typeof webUtils.getPathForFile>[0]),
  onCommand: (listener) => {
    hear = listener;
    for (const command of waiting.splice(0)) listener(command);
    return () => {
      hear = (command) => void waiting.push(command);
    };
  },
} satisfies VisageBridge);
