import { EventEmitter } from 'node:events';
import { type MessagePort, MessageChannel as NodeChannel } from 'node:worker_threads';
import { mainPort } from '../../core/contract/ports.ts';

/**
 * Stands in for Electron's main-process API where its binary cannot be had: enough to run the bundled main process under
 * plain Node and to see what it does. It shows that the bundle holds together and reaches core, engine and pictures; it
 * says nothing about Chromium.
 */

export const calls: string[] = [];
const note = (text: string): void => void calls.push(text);

class App extends EventEmitter {
  readonly isPackaged = false;
  second: unknown;
  enableSandbox = (): void => note('sandbox');
  setPath = (name: string, path: string): void => note(`path ${name} ${path}`);
  setAppUserModelId = (): void => {};
  getVersion = (): string => '0.0.0-stand-in';
  requestSingleInstanceLock(data: unknown): boolean {
    this.second = data;
    return true;
  }
  whenReady = (): Promise<void> => Promise.resolve();
  /** As Electron does it: windows close between the two events. */
  quit(): void {
    let stay = false;
    const event = { preventDefault: () => (stay = true) };
    this.emit('before-quit', event);
    if (stay) return;
    for (const window of BrowserWindow.getAllWindows()) window.close();
    this.emit('will-quit', { preventDefault: () => {} });
  }
  exit(code: number): void {
    note(`exit ${code}`);
    this.emit('stand-in-exit', code);
  }
}
export const app = new App();

export class WebContents extends EventEmitter {
  readonly id: number;
  readonly sent: unknown[] = [];
  readonly mainFrame: {
    url: string;
    parent: null;
    postMessage: (channel: string, message: unknown, ports: { raw: MessagePort }[]) => void;
  };
  /** The port that the page got last. */
  port: MessagePort | undefined;
  constructor(id: number) {
    super();
    this.id = id;
    this.mainFrame = {
      url: '',
      parent: null,
      postMessage: (channel, _message, ports) => {
        note(`port by ${channel}`);
        this.port = ports[0].raw;
      },
    };
  }
  setWindowOpenHandler = (handler: () => { action: string }): void => note(`window.open ${handler().action}`);
  isLoading = (): boolean => false;
  send = (channel: string, value: unknown): void => void this.sent.push([channel, value]);
  reload = (): void => note('reload');
}

const windows: BrowserWindow[] = [];
export class BrowserWindow extends EventEmitter {
  static getAllWindows = (): BrowserWindow[] => windows;
  static getFocusedWindow = (): BrowserWindow | null => windows.at(-1) ?? null;
  static fromWebContents = (contents: WebContents): BrowserWindow | null =>
    windows.find(({ webContents }) => webContents === contents) ?? null;
  readonly webContents: WebContents;
  readonly options: { webPreferences: Record<string, unknown>; width: number; height: number };
  constructor(options: BrowserWindow['options']) {
    super();
    this.options = options;
    this.webContents = new WebContents(windows.length + 1);
    windows.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }
  async loadURL(url: string): Promise<void> {
    note(`load ${url}`);
    this.webContents.mainFrame.url = url;
    this.emit('ready-to-show');
  }
  show = (): void => note('show');
  focus = (): void => note('focus');
  maximize = (): void => {};
  restore = (): void => {};
  isMinimized = (): boolean => false;
  isMaximized = (): boolean => false;
  isDestroyed = (): boolean => !windows.includes(this);
  getNormalBounds = () => ({ x: 10, y: 20, width: this.options.width, height: this.options.height });
  close(): void {
    const event = { defaultPrevented: false, preventDefault: () => (event.defaultPrevented = true) };
    this.emit('close', event);
    if (!event.defaultPrevented) this.destroy();
  }
  destroy(): void {
    windows.splice(windows.indexOf(this), 1);
    this.webContents.emit('destroyed');
    if (windows.length === 0) app.emit('window-all-closed');
  }
}

class MainChannel {
  readonly port1;
  readonly port2: { raw: MessagePort };
  constructor() {
    const { port1, port2 } = new NodeChannel();
    this.port1 = mainPort(port1);
    this.port2 = { raw: port2 };
  }
}

export { MainChannel as MessageChannelMain };

export const handlers = new Map<string, (event: unknown, ...args: unknown[]) => unknown>();
class IpcMain extends EventEmitter {
  handle = (channel: string, handler: (event: unknown, ...args: unknown[]) => unknown): void =>
    void handlers.set(channel, handler);
}
export const ipcMain = new IpcMain();

export const protocols = new Map<string, (request: Request) => Promise<Response>>();
export const protocol = {
  registerSchemesAsPrivileged: (schemes: { scheme: string }[]): void =>
    note(`schemes ${schemes.map(({ scheme }) => scheme).join(' ')}`),
  handle: (scheme: string, handler: (request: Request) => Promise<Response>): void =>
    void protocols.set(scheme, handler),
};

export const session = {
  defaultSession: {
    setPermissionRequestHandler: (): void => note('permission requests'),
    setPermissionCheckHandler: (): void => note('permission checks'),
    setDevicePermissionHandler: (): void => note('device permissions'),
    webRequest: { onBeforeRequest: (): void => note('requests') },
    on: (event: string): void => note(`session ${event}`),
  },
};

export const dialog = {
  picked: [] as string[],
  showErrorBox: (_title: string, text: string): void => note(`error ${text}`),
  showMessageBoxSync: (): number => 1,
  showOpenDialog: async () => ({ canceled: dialog.picked.length === 0, filePaths: dialog.picked }),
};
export const Menu = {
  buildFromTemplate: (template: unknown): unknown => template,
  setApplicationMenu: (): void => note('menu'),
};
export const nativeTheme = { shouldUseDarkColors: false };
const display = { id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1080 } };
export const screen = { getPrimaryDisplay: () => display, getAllDisplays: () => [display] };
