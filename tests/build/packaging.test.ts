import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, matchesGlob, resolve } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { importsOf } from '../../build/imports.ts';
import { binariesOf, listed } from '../../build/packaging/check.ts';
import { FILES, FUSES, packagingConfig, UNPACKED } from '../../build/packaging/config.ts';
import { ICNS_TYPES, ICO_SIZES, PNG_SIZES } from '../../build/packaging/icons.ts';
import {
  excludedModules,
  ownTarget,
  TARGETS,
  type Target,
  targetName,
} from '../../build/packaging/target.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const ICONS = join(ROOT, 'assets', 'icons');
const config = (target: Target) =>
  packagingConfig({ target, electronDist: 'x', unneeded: ['commander'], output: 'dist/packages' });

/** Binaries of all systems as the packages bring them, also those that npm did not install here. */
const ONNX = 'node_modules/onnxruntime-node/bin/napi-v6';
const installed = [
  ...readdirSync(join(ROOT, ONNX), { recursive: true, encoding: 'utf8' }).map((path) => `${ONNX}/${path}`),
  ...readdirSync(join(ROOT, 'node_modules/better-sqlite3/prebuilds')).map(
    (name) => `node_modules/better-sqlite3/prebuilds/${name}`,
  ),
].filter((path) => statSync(join(ROOT, path)).isFile());

describe.for(TARGETS.map((target) => [targetName(target), target] as const))('%s', ([, target]) => {
  const excluded = excludedModules(target);
  const kept = installed.filter((path) => !excluded.some((pattern) => matchesGlob(path, pattern)));

  test('keeps its own binaries', () => {
    const needed = binariesOf(target);
    expect(needed.filter((path) => excluded.some((pattern) => matchesGlob(path, pattern)))).toEqual([]);
    // Those that every installation brings, whatever system it is on.
    for (const path of needed.filter((name) => /onnxruntime|better-sqlite3/.test(name)))
      expect(kept, `${path} is not brought by its package any more`).toContain(path);
  });

  test('keeps nobody else’s', () => {
    const foreign = TARGETS.filter((other) => targetName(other) !== targetName(target)).flatMap((other) =>
      binariesOf(other).filter((path) => /onnxruntime|better-sqlite3/.test(path)),
    );
    expect(foreign.filter((path) => kept.includes(path))).toEqual([]);
    expect(kept.filter((path) => path.includes('musl'))).toEqual([]);
    expect(kept.filter((path) => path.endsWith('.node'))).toHaveLength(2);
  });

  test('has fuses, an archive with what must lie beside it, and the files of its system', () => {
    const made = config(target);
    expect(made.asar).toBe(true);
    expect(made.asarUnpack).toEqual(expect.arrayContaining(['core/**/*', 'node_modules/**/*']));
    expect(made.electronFuses).toBe(FUSES);
    expect(FUSES).toMatchObject({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      grantFileProtocolExtraPrivileges: false,
    });
    expect(made.npmRebuild).toBe(false);
    expect([made.linux?.target, made.win?.target, made.mac?.target]).toEqual([
      ['AppImage', 'deb'],
      ['nsis'],
      ['dmg'],
    ]);
    expect(made.fileAssociations).toMatchObject([{ ext: 'visage', isPackage: true }]);
    const named = [
      made.win?.icon,
      made.mac?.icon,
      made.linux?.icon,
      made.mac?.entitlements,
      made.mac?.entitlementsInherit,
      made.nsis?.include,
    ];
    for (const file of named) expect(existsSync(join(ROOT, file as string)), String(file)).toBe(true);
  });
});

test('systems without a package are not given a wrong one', () => {
  expect(ownTarget('linux', 'x64')).toEqual({ platform: 'linux', arch: 'x64' });
  for (const [platform, arch] of [
    ['darwin', 'x64'],
    ['linux', 'riscv64'],
    ['freebsd', 'x64'],
  ])
    expect(ownTarget(platform, arch)).toBeUndefined();
});

test('every pattern of the list of files holds something that exists, and none holds the workshop', () => {
  const all = ['core', 'assets', 'build', 'tests', 'docs', 'electron', 'renderer'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`),
  );
  for (const pattern of FILES.filter((one) => /^(core|assets)/.test(one)))
    expect(all.filter((path) => matchesGlob(path, pattern)).length, pattern).toBeGreaterThan(0);
  const held = all.filter((path) => listed(path, FILES));
  expect(held.filter((path) => !/^(core|assets)\//.test(path))).toEqual([]);
  expect(
    held.filter(
      (path) => !path.startsWith('assets/models/') && /\.(jpe?g|npy|onnx|pth)$|\.visage/.test(path),
    ),
  ).toEqual([]);
  expect(held).toContain('core/engine/process.ts');
  expect(held).not.toContain('core/cli/main.ts');
  // What is unpacked is packed in the first place.
  for (const path of held.filter((name) => name.startsWith('core/')))
    expect(listed(path, UNPACKED), path).toBe(true);
});

test('patterns decide in order, and "!" takes away', () => {
  const patterns = ['a/**/*', '!a/b/**/*', 'a/b/c.ts'];
  expect(['a/x.ts', 'a/b/x.ts', 'a/b/c.ts', 'b.ts'].map((path) => listed(path, patterns))).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

test('imports are found in all their forms, types and comments are not', () => {
  const code = `import a from 'a';
import { b,
  c } from "b";
import type { T } from 'types';
export * from './d.ts';
import './e.css';
// import x from 'comment';
/* require('block') */
const f = await import('f');
const g = require('g'), h = __require("h");
const i = other.require('i');`;
  expect(importsOf(code).sort()).toEqual(['./d.ts', './e.css', 'a', 'b', 'f', 'g', 'h']);
});

describe('icons', () => {
  const sizeOf = async (png: Buffer): Promise<string> => {
    const { width, height, format, hasAlpha } = await sharp(png).metadata();
    return `${format} ${width}×${height}${hasAlpha ? '' : ' opaque'}`;
  };

  test.for(PNG_SIZES)('PNG of %i pixels', async (size) => {
    expect(await sizeOf(readFileSync(join(ICONS, 'png', `${size}x${size}.png`)))).toBe(`png ${size}×${size}`);
  });

  test('ICO for Windows: every entry points at a picture of its size', async () => {
    const ico = readFileSync(join(ICONS, 'visage.ico'));
    expect([ico.readUInt16LE(0), ico.readUInt16LE(2), ico.readUInt16LE(4)]).toEqual([0, 1, ICO_SIZES.length]);
    for (const [index, size] of ICO_SIZES.entries()) {
      const entry = 6 + 16 * index;
      expect([ico[entry] || 256, ico[entry + 1] || 256]).toEqual([size, size]);
      const at = ico.readUInt32LE(entry + 12);
      expect(await sizeOf(ico.subarray(at, at + ico.readUInt32LE(entry + 8)))).toBe(`png ${size}×${size}`);
    }
  });

  test('ICNS for macOS: chunks fill the file, up to 1024 pixels', async () => {
    const icns = readFileSync(join(ICONS, 'visage.icns'));
    expect([icns.toString('latin1', 0, 4), icns.readUInt32BE(4)]).toEqual(['icns', icns.length]);
    const seen: [string, string][] = [];
    for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4))
      seen.push([
        icns.toString('latin1', at, at + 4),
        await sizeOf(icns.subarray(at + 8, at + icns.readUInt32BE(at + 4))),
      ]);
    expect(seen).toEqual(ICNS_TYPES.map(([type, size]) => [type, `png ${size}×${size}`]));
    expect(icns.length).toBeLessThan(200_000);
  });
});
