// Runs a bundled main process under plain Node with Electron stood in for, talks to it as a window would, and prints what
// came of it: node drive.ts MAIN PROJECT [fatal]. 'fatal': an error that nobody caught comes while a call is open.
import { once } from 'node:events';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { connect } from '../../../core/contract/client.ts';
import { visageContract } from '../../../core/contract/visage.ts';
import { type PagePort, pagePort } from '../../../renderer/connection/message-port.ts';

const [main, project, how] = process.argv.slice(2);
// By this core knows that it may not use the running program as the engine's Node.
Object.defineProperty(process.versions, 'electron', { value: '0.0.0' });
const STAND_IN = new URL('./electron.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: STAND_IN, shortCircuit: true } : next(specifier, context),
});
const electron = (await import(STAND_IN)) as typeof import('./electron.ts');
process.argv = [process.argv[0], '.', project];
await import(pathToFileURL(main).href);
await new Promise((resolve) => setTimeout(resolve, 50));

const [window] = electron.BrowserWindow.getAllWindows();
const { webContents } = window;
const from = (frame: unknown) => ({ sender: webContents, senderFrame: frame });

// Another page, a frame of ours, and a frame that is gone get no port.
for (const frame of [
  { url: 'https://evil.example/', parent: null },
  { url: webContents.mainFrame.url, parent: {} },
  null,
])
  electron.ipcMain.emit('visage:connect', from(frame));
const refused = webContents.port === undefined;
electron.ipcMain.emit('visage:connect', from(webContents.mainFrame));
const client = connect(visageContract, pagePort(webContents.port as unknown as PagePort));
const ends: string[] = [];
client.onEnd((reason) => ends.push(reason));

const info = await client.call('app.info', {});
const opened = await client.call('project.open', { path: info.initial as string });
const columns = await client.call('faces.columns', {});
const devices = await client.call('devices', {});
const children = `/proc/self/task/${process.pid}/children`;
const running = (): string[] =>
  existsSync(children) ? readFileSync(children, 'utf8').trim().split(' ').filter(Boolean) : [];
const engines = running().map((pid) => readlinkSync(`/proc/${pid}/exe`));
const get = async (url: string) => {
  const answer = await electron.protocols.get(new URL(url).protocol.slice(0, -1))?.(new Request(url));
  return {
    status: answer?.status,
    type: answer?.headers.get('content-type'),
    bytes: (await answer?.arrayBuffer())?.byteLength,
  };
};
const page = await get('app://visage/index.html');
const picture = await get(`media://picture/thumb-${columns.faces[0]}?size=96`);
const nothing = await get('media://picture/thumb-999999');

// A reload asks for a new port; the old one ends.
electron.ipcMain.emit('visage:connect', from(webContents.mainFrame));
const again = connect(visageContract, pagePort(webContents.port as unknown as PagePort));
const afterReload = (await again.call('project.summary', {})).faces;

electron.dialog.picked = ['/picked'];
const pick = electron.handlers.get('visage:pick');
const picks = [
  await pick?.(from(webContents.mainFrame), 'folder'),
  await pick?.(from(webContents.mainFrame), 'rubbish'),
  await pick?.(from({ url: 'https://evil.example/', parent: null }), 'folder'),
];

electron.app.emit('second-instance', {}, [], '', { args: ['other.visage'], folder: '/data' });
electron.app.emit('second-instance', {}, [], '', { rubbish: true });

const exited = once(electron.app, 'stand-in-exit');
const fate: string[] = [];
again.onEnd((reason) => fate.push(reason));
if (how === 'fatal') {
  const open = again.call('devices', {}).catch((thrown: Error) => fate.push(`call: ${thrown.message}`));
  await new Promise(setImmediate);
  process.emit('uncaughtException', new TypeError('x is undefined'));
  await open;
} else {
  electron.app.quit();
}
const [code] = await exited;
process.stdout.write(
  JSON.stringify({
    calls: electron.calls,
    preferences: window.options.webPreferences,
    refused,
    info,
    faces: opened.faces,
    columns: columns.faces.constructor.name,
    devices: devices.map(({ id }) => id),
    engines,
    page,
    picture,
    nothing,
    afterReload,
    ends,
    fate,
    left: running(),
    picks,
    told: webContents.sent,
    code,
  }),
);
process.exit(code as number);
