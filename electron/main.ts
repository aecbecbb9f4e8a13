import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, dialog, Menu, protocol, session } from 'electron';
import { settingsFolder } from '../core/host/recent.ts';
import { Workplace } from '../core/host/workplace.ts';
import { demoFinished, demoProject } from '../core/jobs/demo.ts';
import { Connections, pickPath } from './connections.ts';
import { fatalSentence } from './failures.ts';
import { guardContents, guardSession } from './guards.ts';
import { logTo } from './log.ts';
import { menuTemplate } from './menu.ts';
import { type Handed, projectAmong, projectHanded } from './opening.ts';
import { SCHEMES } from './origin.ts';
import { Quitting } from './quitting.ts';
import { answerApp, answerMedia } from './schemes.ts';
import { Windows } from './windows.ts';

/** The window's host as a desktop program. Everything that decides is in the modules beside this one. */

const RENDERER = fileURLToPath(new URL('../renderer/', import.meta.url));
const mac = process.platform === 'darwin';
const settings = settingsFolder();
const defect = logTo(join(settings, 'visage.log'));

app.enableSandbox();
protocol.registerSchemesAsPrivileged(SCHEMES);
app.setPath('userData', join(settings, 'window'));
if (process.platform === 'win32') app.setAppUserModelId('org.visage.workbench');

const args = process.argv.slice(1);
const handed: Handed = { args, folder: process.cwd() };
if (app.requestSingleInstanceLock(handed)) run();
else app.quit();

function run(): void {
  const wantsDemo = args.includes('--demo');
  let initial =
    projectAmong(args, process.cwd()) ?? (wantsDemo && demoFinished() ? demoProject() : undefined);
  let windows: Windows | undefined;
  let place: Workplace | undefined;
  let connections: Connections | undefined;

  const quitting = new Quitting({
    active: () => place?.activeJobs ?? [],
    ask: (detail) =>
      dialog.showMessageBoxSync({
        type: 'question',
        message: 'Quit Visage?',
        detail,
        buttons: ['Go on', 'Quit'],
        defaultId: 0,
        cancelId: 0,
      }) === 1,
    close: async () => place?.close(),
    exit: (code) => app.exit(code),
    failed: (thrown) => defect(thrown, 'closing'),
  });

  process.on('unhandledRejection', (thrown) => defect(thrown, 'unhandled rejection'));
  process.on('uncaughtException', (thrown) => {
    defect(thrown, 'uncaught exception');
    const sentence = fatalSentence(thrown);
    connections?.fatal(sentence);
    dialog.showErrorBox('Visage', sentence);
    quitting.agree();
    void quitting.end(1);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      quitting.agree();
      app.quit();
    });

  const open = (path: string): void => {
    // Before the first window there is nobody to tell; it asks for its project itself.
    if (windows) windows.tell({ type: 'open', path });
    else initial = path;
  };
  // macOS opens documents by an event, also before the program is ready.
  app.on('open-file', (event, path) => {
    event.preventDefault();
    const project = projectAmong([path], '/');
    if (project !== undefined) open(project);
  });
  app.on('second-instance', (_event, _argv, _folder, data) => {
    const project = projectHanded(data);
    if (project !== undefined) open(project);
    else windows?.bring();
  });
  app.on('web-contents-created', (_event, contents) => guardContents(contents));
  app.on('window-all-closed', () => {
    if (!mac) app.quit();
  });
  app.on('before-quit', (event) => quitting.before(event));
  app.on('will-quit', (event) => void quitting.last(event));

  void app.whenReady().then(() => {
    guardSession(session.defaultSession);
    const at = new Workplace({ version: app.getVersion(), initial: initial ?? null });
    place = at;
    protocol.handle('app', (request) => answerApp(request, RENDERER));
    protocol.handle('media', (request) => answerMedia(request, (id, query) => at.media(id, query)));
    connections = new Connections(at, defect);
    connections.listen();
    const shown = new Windows({
      stateFile: join(settings, 'window.json'),
      // Without a window a question would have no answer; on macOS the program outlives its windows.
      closing: (event) => {
        if (!mac && shown.count() === 1) quitting.before(event);
      },
      defect,
    });
    windows = shown;
    Menu.setApplicationMenu(
      Menu.buildFromTemplate(
        menuTemplate(mac, !app.isPackaged, {
          run: (id) => shown.tell({ type: 'run', id }),
          newWindow: () => void shown.open(),
          openProject: async () => {
            const path = await pickPath(shown.bring(), 'project');
            if (path !== null) open(path);
          },
        }),
      ),
    );
    app.on('activate', () => {
      if (shown.count() === 0) shown.open();
    });
    if (wantsDemo && !demoFinished()) void at.demo.make();
    shown.open();
  });
}
