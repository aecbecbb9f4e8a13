import {
  BrowserWindow,
  dialog,
  type IpcMainEvent,
  type IpcMainInvokeEvent,
  ipcMain,
  MessageChannelMain,
} from 'electron';
import { PICK_KINDS, type PickKind } from '../core/contract/bridge.ts';
import type { Served } from '../core/contract/server.ts';
import type { VisageTopics } from '../core/contract/visage.ts';
import { serveWindow } from '../core/host/handlers/index.ts';
import type { Workplace } from '../core/host/workplace.ts';
import { CHANNELS } from './channels.ts';
import { isOwnSender } from './origin.ts';
import { pickOptions } from './pick.ts';
import { hostPort } from './port.ts';

/** Answers what windows say to the main process: everything but 'connect' and 'pick' goes over the contract's port. */
export class Connections {
  readonly #place: Workplace;
  readonly #defect: (thrown: unknown, where: string) => void;
  /** By the id of their window's contents. */
  readonly #served = new Map<number, Served<VisageTopics>>();

  constructor(place: Workplace, defect: (thrown: unknown, where: string) => void) {
    this.#place = place;
    this.#defect = defect;
  }

  listen(): void {
    ipcMain.on(CHANNELS.connect, (event) => this.#connect(event));
    ipcMain.handle(CHANNELS.pick, (event, kind: unknown) => this.#pick(event, kind));
  }

  /** Tells every window that the host cannot go on. */
  fatal(sentence: string): void {
    for (const served of this.#served.values()) served.fatal(sentence);
  }

  #connect({ sender, senderFrame }: IpcMainEvent): void {
    if (!isOwnSender(senderFrame)) return;
    // A page that was reloaded: what still runs for the old one is cancelled.
    this.#served.get(sender.id)?.close();
    const { port1, port2 } = new MessageChannelMain();
    const served = serveWindow(this.#place, hostPort(port1), (procedure, thrown) =>
      this.#defect(thrown, `'${procedure}'`),
    );
    this.#served.set(sender.id, served);
    sender.once('destroyed', () => {
      if (this.#served.get(sender.id) === served) this.#served.delete(sender.id);
      served.close();
    });
    senderFrame?.postMessage(CHANNELS.port, null, [port2]);
  }

  async #pick({ sender, senderFrame }: IpcMainInvokeEvent, kind: unknown): Promise<string | null> {
    const known = PICK_KINDS.includes(kind as PickKind);
    const window = BrowserWindow.fromWebContents(sender);
    if (!known || window === null || !isOwnSender(senderFrame)) return null;
    return pickPath(window, kind as PickKind);
  }
}

/** The system's dialog in front of a window; null when it was cancelled. */
export async function pickPath(window: BrowserWindow, kind: PickKind): Promise<string | null> {
  const { canceled, filePaths } = await dialog.showOpenDialog(window, pickOptions(kind, process.platform));
  return canceled ? null : (filePaths[0] ?? null);
}
