import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleHost } from '../../build/host-bundle.ts';
import { packagingProblems } from '../../build/packaging/check.ts';
import { programClosure, unneededPackages } from '../../build/packaging/closure.ts';
import { FILES, packagingConfig } from '../../build/packaging/config.ts';
import { ownTarget, type Target } from '../../build/packaging/target.ts';
import { run } from '../core/cli/run.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const own = ownTarget();

/**
 * A folder that electron-builder takes for Electron: an executable with the fuses' sentinel, version 1, and nine fuses
 * ('0' off, '1' on). Only the program itself is missing.
 */
function standInDist(folder: string): void {
  mkdirSync(join(folder, 'resources'), { recursive: true });
  const fuses = Buffer.from('101110010', 'latin1');
  const head = Buffer.from(
    `\x7fELF dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\x01${String.fromCharCode(fuses.length)}`,
    'latin1',
  );
  writeFileSync(join(folder, 'electron'), Buffer.concat([head, fuses, Buffer.alloc(64)]), { mode: 0o755 });
  for (const name of ['LICENSE', 'LICENSES.chromium.html', 'version'])
    writeFileSync(join(folder, name), '45');
}

/**
 * electron-builder run in earnest, on a stand-in for Electron's binary: it collects, prunes, archives, unpacks and sets
 * the fuses; then what it made is run by the Node that it packed.
 */
describe.runIf(own?.platform === 'linux')('a package made by electron-builder', () => {
  const target = own as Target;
  let folder: string;
  let resources: string;
  let archived: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'visage-packaged-'));
    await promisify(execFile)(process.execPath, [join(ROOT, 'build', 'renderer.ts')]);
    await bundleHost(ROOT, join(ROOT, 'dist', 'electron'));
    expect(packagingProblems(ROOT, target)).toEqual([]);
    standInDist(join(folder, 'electron'));
    const { build, Platform, Arch } = await import('electron-builder');
    await build({
      projectDir: ROOT,
      config: packagingConfig({
        target,
        electronDist: join(folder, 'electron'),
        unneeded: unneededPackages(ROOT, programClosure(ROOT).packages),
        output: join(folder, 'out'),
      }),
      targets: Platform.LINUX.createTarget('dir', Arch[target.arch]),
    });
    const [unpacked] = readdirSync(join(folder, 'out')).filter((name) => name.endsWith('unpacked'));
    resources = join(folder, 'out', unpacked, 'resources');
    const asar = await import('@electron/asar');
    archived = asar.listPackage(join(resources, 'app.asar'), { isPack: false });
    // A folder in the archive's place: what Electron shows the program by its changed file functions.
    asar.extractAll(join(resources, 'app.asar'), join(folder, 'extracted'));
    renameSync(join(resources, 'app.asar'), join(resources, 'packed.asar'));
    renameSync(join(folder, 'extracted'), join(resources, 'app.asar'));
  }, 240_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const under = (start: string): string[] => archived.filter((path) => path.startsWith(start));
  const files = (): string[] =>
    readdirSync(join(resources, 'app.asar.unpacked'), { recursive: true, encoding: 'utf8' });

  test('would not have been made without a file that the program needs', () => {
    const problems = packagingProblems(ROOT, target, [
      ...FILES,
      '!core/graph/**/*',
      '!dist/electron/preload.cjs',
    ]);
    expect(problems).toContain("'dist/electron/preload.cjs' is needed and not in the list of files.");
    expect(problems.filter((problem) => problem.startsWith("'core/graph/")).length).toBeGreaterThan(5);
    const packed = packagingProblems(ROOT, target, FILES, ['node_modules/**/*', 'assets/manifests/*']);
    expect(
      packed.some((problem) => problem.startsWith("'core/engine/process.ts' is read by the engine")),
    ).toBe(true);
  });

  test('holds the program and nothing of the workshop', () => {
    expect(new Set(archived.map((path) => path.split('/')[1]))).toEqual(
      new Set(['assets', 'core', 'dist', 'node_modules', 'package.json']),
    );
    expect(under('/dist/electron/')).toEqual(['/dist/electron/main.js', '/dist/electron/preload.cjs']);
    expect(under('/dist/renderer/index.html')).toHaveLength(1);
    const leaked = archived.filter((path) =>
      /\.map$|\.test\.ts$|\/tests?\/|\.visage|\.jpe?g$|\.npy$|\.onnx$|\/(electron-builder|vite|vitest|typescript|vue|playwright-core|commander|ws|adm-zip)(\/|$)/.test(
        path.replace('/dist/electron', '').replace(/^\/assets\/models\/[\w-]+\/network\.onnx$/, ''),
      ),
    );
    expect(leaked).toEqual([]);
    expect(statSync(join(resources, 'packed.asar')).size).toBeLessThan(12e6);
  });

  test('unpacks every native file and the engine, for this system only', () => {
    const native = /\.(node|so|dll|dylib|exe)(\.\d+)*$/;
    const outside = new Set(files().map((path) => `/${path}`));
    const inside = archived.filter((path) => native.test(path) || path === '/node_modules/node/bin/node');
    expect(inside.filter((path) => !outside.has(path))).toEqual([]);
    expect(inside.filter((path) => /win32|darwin|musl|freebsd|wasm/.test(path))).toEqual([]);
    const other = target.arch === 'x64' ? /arm64/ : /x64/;
    expect(inside.filter((path) => other.test(path))).toEqual([]);
    for (const part of [
      '/node_modules/node/bin/node',
      'onnxruntime_binding.node',
      'better-sqlite3/prebuilds/',
      '/@img/sharp-linux',
    ])
      expect(inside.filter((path) => path.includes(part)).length, part).toBeGreaterThan(0);
    expect(outside.has('/core/engine/process.ts')).toBe(true);
    expect(outside.has('/core/package.json')).toBe(true);
    expect(files().some((path) => path.startsWith('dist'))).toBe(false);
  });

  test("has its fuses in Electron's binary", () => {
    const binary = readFileSync(join(resources, '..', 'visage'), 'latin1');
    const at = binary.indexOf('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX') + 34;
    // RunAsNode, cookie encryption, NODE_OPTIONS, --inspect, archive integrity, archive only, snapshot, file: privileges;
    // the ninth is none of ours.
    expect(binary.slice(at, at + 9)).toBe('010011000');
  });

  test('runs: main process from the archive, engine and pictures from beside it, by the Node that is packed', async () => {
    const [faces, project] = [join(folder, 'faces'), join(folder, 'faces.visage')];
    for (const argv of [
      ['synth', faces, '--faces', '8', '--identities', '2', '--size', '64'],
      ['new', project],
      ['import', project, faces],
    ])
      expect((await run(argv)).code).toBe(0);
    const node = join(resources, 'app.asar.unpacked', 'node_modules', 'node', 'bin', 'node');
    const drive = resolve(import.meta.dirname, '../electron/stand-in/drive.ts');
    const main = join(resources, 'app.asar', 'dist', 'electron', 'main.js');
    const { stdout, stderr } = await promisify(execFile)(node, [drive, main, project], {
      env: { ...process.env, VISAGE_SETTINGS: join(folder, 'settings') },
      cwd: folder,
      timeout: 120_000,
    });
    const seen = JSON.parse(stdout);
    expect(seen).toMatchObject({
      faces: 8,
      picture: { status: 200, type: 'image/webp' },
      page: { status: 200 },
      code: 0,
    });
    expect(seen.devices).toContain('cpu');
    expect(seen.engines.length).toBeGreaterThan(0);
    expect(new Set(seen.engines)).toEqual(new Set([realpathSync(node)]));
    // A package without type would be told so here, once for each module.
    expect(stderr).not.toContain('MODULE_TYPELESS');
    expect(existsSync(join(folder, 'settings', 'visage.log'))).toBe(false);
  }, 180_000);
});
