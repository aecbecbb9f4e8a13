import { fileURLToPath } from 'node:url';
import { BrowserWindow, dialog, nativeTheme, type Rectangle, screen } from 'electron';
import type { HostCommand } from '../core/contract/bridge.ts';
import { CHANNELS } from './channels.ts';
import { CrashCount, goneSentence } from './failures.ts';
import { PAGE } from './origin.ts';
import { placed, readState, SMALLEST, writeState } from './window-state.ts';

const PRELOAD = fileURLToPath(new URL('./preload.cjs', import.meta.url));
/** --ground of the light and dark theme: the window is not white before its page is there. */
const GROUND = { light: '#f6f7f8', dark: '#14181c' };

export interface WindowsOptions {
  /** File that keeps the place of the last closed window. */
  stateFile: string;
  /** A window is about to close; preventDefault keeps it. */
  closing(event: { preventDefault(): void }): void;
  defect(thrown: unknown, where: string): void;
}

/** The program's windows. All show the same page and project. */
export class Windows {
  readonly #options: WindowsOptions;

  constructor(options: WindowsOptions) {
    this.#options = options;
  }

  /** Opens another window, the first one where the last one was closed. */
  open(): BrowserWindow {
    const primary = screen.getPrimaryDisplay();
    const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id);
    const areas = [primary, ...others].map(({ workArea }) => workArea);
    const state = placed(readState(this.#options.stateFile), areas);
    const window = new BrowserWindow({
      ...shifted(state.bounds, this.count()),
      minWidth: SMALLEST.width,
      minHeight: SMALLEST.height,
      title: 'Visage',
      show: false,
      backgroundColor: nativeTheme.shouldUseDarkColors ? GROUND.dark : GROUND.light,
      webPreferences: {
        preload: PRELOAD,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        webSecurity: true,
        navigateOnDragDrop: false,
        spellcheck: false,
      },
    });
    if (state.maximized) window.maximize();
    this.#follow(window);
    window.once('ready-to-show', () => window.show());
    void this.#load(window);
    return window;
  }

  count(): number {
    return BrowserWindow.getAllWindows().length;
  }

  /** Brings a window to the front; opens one when there is none. */
  bring(): BrowserWindow {
    const window = BrowserWindow.getFocusedWindow() ?? BrowserWindow.getAllWindows()[0] ?? this.open();
    if (window.isMinimized()) window.restore();
    window.focus();
    return window;
  }

  /** Tells the window in front something, once its page is there. */
  tell(command: HostCommand): void {
    const { webContents } = this.bring();
    const send = (): void => webContents.send(CHANNELS.command, command);
    if (webContents.isLoading()) webContents.once('did-finish-load', send);
    else send();
  }

  async #load(window: BrowserWindow): Promise<void> {
    try {
      await window.loadURL(PAGE);
    } catch (thrown) {
      if (window.isDestroyed()) return;
      this.#options.defect(thrown, 'loading the window');
      dialog.showErrorBox(
        'Visage',
        "The window's page could not be loaded. Build it with 'npm run build' or install Visage again.",
      );
      window.destroy();
    }
  }

  #follow(window: BrowserWindow): void {
    const crashes = new CrashCount();
    window.on('close', (event) => {
      this.#options.closing(event);
      if (event.defaultPrevented) return;
      writeState(this.#options.stateFile, {
        bounds: window.getNormalBounds(),
        maximized: window.isMaximized(),
      });
    });
    window.webContents.on('render-process-gone', (_event, details) => {
      const sentence = goneSentence(details);
      if (sentence === undefined) return;
      this.#options.defect(new Error(sentence), 'window');
      const buttons = crashes.tooOften() ? ['Close it'] : ['Open it again', 'Close it'];
      const chosen = dialog.showMessageBoxSync({
        type: 'error',
        message: 'Visage',
        detail: sentence,
        buttons,
      });
      if (buttons[chosen] === 'Open it again') window.webContents.reload();
      else window.destroy();
    });
    window.webContents.on('preload-error', (_event, _path, error) =>
      this.#options.defect(error, 'preload script'),
    );
  }
}

/** Further windows do not hide the first. */
const shifted = ({ x, y, width, height }: Rectangle, times: number): Rectangle => ({
  x: x + 32 * times,
  y: y + 32 * times,
  width,
  height,
});
