import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleHost, EXTERNAL } from '../../build/host-bundle.ts';
import { importsOf } from '../../build/imports.ts';
import { run } from '../core/cli/run.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** Beside the real one, because the bundle finds core/ by where it lies. */
const OUT = join(ROOT, 'dist', `host-under-test-${process.pid}`);
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'visage-bundle-'));
  await bundleHost(ROOT, OUT);
  await promisify(execFile)(process.execPath, [join(ROOT, 'build', 'renderer.ts')]);
});
afterAll(() => {
  rmSync(OUT, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

const text = (name: string): string => readFileSync(join(OUT, name), 'utf8');

test('the bundle is two files; the preload script loads nothing but electron', () => {
  expect(readdirSync(OUT).sort()).toEqual(['main.js', 'preload.cjs']);
  const preload = text('preload.cjs');
  expect([...preload.matchAll(/require\(["']([^"']+)["']\)/g)].map(([, name]) => name)).toEqual(['electron']);
  expect(preload).not.toMatch(/^\s*(import|export)\b/m);
  expect(preload.length).toBeLessThan(3000);
});

test('the main process loads only electron, Node and declared packages with native parts', () => {
  const declared = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).dependencies;
  const imports = importsOf(text('main.js')).filter((name) => !isBuiltin(name));
  expect(imports).toContain('electron');
  expect(imports.filter((name) => !(EXTERNAL as readonly string[]).includes(name))).toEqual([]);
  for (const name of EXTERNAL) if (name !== 'electron') expect(declared).toHaveProperty(name);
});

test('every worker, task and data file that the main process names is there', () => {
  const main = text('main.js');
  const named = [...main.matchAll(/new URL\("([^"]+)", __visageAt\("([^"]+)"\)\)/g)];
  expect(named.length).toBeGreaterThan(12);
  const missing = named
    .map(([, path, from]) => fileURLToPath(new URL(path, pathToFileURL(join(ROOT, from)))))
    .filter((path) => !existsSync(path));
  expect(missing).toEqual([]);
  // What is left of the bundle's own address: the preload script, the renderer, and the two helpers at the top.
  expect(main.match(/import\.meta\.url/g)?.length).toBeLessThanOrEqual(4);
});

/** Runs the bundle on a stand-in for Electron, with a project of twelve faces. */
async function drive(project: string, settings: string, ...how: string[]) {
  const pictures = `${project}-faces`;
  for (const argv of [
    ['synth', pictures, '--faces', '12', '--identities', '3', '--size', '64'],
    ['new', project],
    ['import', project, pictures],
  ])
    expect((await run(argv)).code).toBe(0);
  const script = resolve(import.meta.dirname, '../electron/stand-in/drive.ts');
  const ended = await promisify(execFile)(process.execPath, [script, join(OUT, 'main.js'), project, ...how], {
    env: { ...process.env, VISAGE_SETTINGS: settings },
    timeout: 100_000,
  }).catch((thrown: { stdout: string }) => thrown);
  return JSON.parse(ended.stdout);
}

test('the bundled main process serves a project to a window: contract, engine, pictures, end', async () => {
  const project = join(folder, 'faces.visage');
  const seen = await drive(project, join(folder, 'settings'));
  expect(seen).toMatchObject({
    refused: true,
    info: { version: '0.0.0-stand-in', initial: project },
    faces: 12,
    columns: 'Int32Array',
    page: { status: 200, type: 'text/html; charset=utf-8' },
    picture: { status: 200, type: 'image/webp' },
    nothing: { status: 404, bytes: 0 },
    afterReload: 12,
    picks: ['/picked', null, null],
    told: [['visage:command', { type: 'open', path: resolve('/data/other.visage') }]],
    code: 0,
    // The engines have ended before the process does.
    left: [],
  });
  expect(seen.devices).toContain('cpu');
  expect(seen.picture.bytes).toBeGreaterThan(200);
  expect(seen.ends).toEqual([expect.stringContaining('closed')]);
  expect(seen.preferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webviewTag: false,
  });
  expect(existsSync(seen.preferences.preload)).toBe(true);
  expect(seen.calls).toEqual(
    expect.arrayContaining([
      'sandbox',
      'schemes app media',
      'permission requests',
      'permission checks',
      'device permissions',
      'requests',
      'session will-download',
      'window.open deny',
      'load app://visage/index.html',
      'menu',
      'exit 0',
    ]),
  );
  // The sandbox and the schemes must stand before the program is ready, the guards before the page is loaded.
  const order = ['sandbox', 'schemes app media', 'permission requests', 'load app://visage/index.html'];
  expect(seen.calls.filter((call: string) => order.includes(call))).toEqual(order);
  expect(JSON.parse(readFileSync(join(folder, 'settings', 'window.json'), 'utf8')).bounds).toMatchObject({
    x: 10,
    y: 20,
  });
  expect(existsSync(join(folder, 'settings', 'visage.log'))).toBe(false);
}, 180_000);

test('an error that nobody caught is a sentence in the window, in a box and in the log, and the end', async () => {
  const settings = join(folder, 'other-settings');
  const seen = await drive(join(folder, 'other.visage'), settings, 'fatal');
  const sentence = expect.stringContaining(
    'because of a defect of its own: x is undefined. Labels are saved',
  );
  expect(seen.fate).toHaveLength(2);
  expect(seen.fate.sort()).toEqual([sentence, expect.stringMatching(/^call: .*x is undefined/)]);
  expect(seen.code).toBe(1);
  expect(seen.calls.filter((call: string) => call.startsWith('error'))).toEqual([
    expect.stringContaining('x is undefined'),
  ]);
  expect(readFileSync(join(settings, 'visage.log'), 'utf8')).toContain(
    'uncaught exception: TypeError: x is undefined',
  );
}, 180_000);
