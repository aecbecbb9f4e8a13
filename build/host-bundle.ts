import { rm } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';

/**
 * Bundles Electron's main process (one ES module) and its preload script (one CommonJS file: a sandboxed preload script
 * can load nothing else) into dist/electron.
 */

/** Packages that the main process loads from node_modules: they have native parts. Everything else is in the bundle. */
export const EXTERNAL = ['electron', 'better-sqlite3', 'sharp', 'onnxruntime-node'] as const;

/**
 * Modules of core/ say where their workers, tasks and data files lie by `import.meta.url`. In the bundle that would be
 * the bundle's address, so it is replaced by their own: core/ lies beside dist/ in the checkout, and unpacked beside
 * the archive in a package, because the engine's plain Node cannot read an archive.
 */
export function coreAddresses(root: string): Plugin {
  const core = join(root, 'core') + sep;
  return {
    name: 'visage:core-addresses',
    enforce: 'pre',
    transform(code, id) {
      const file = id.split('?')[0];
      if (!file.startsWith(core) || !code.includes('import.meta.url')) return null;
      const path = relative(root, file).split(sep).join('/');
      return {
        code: code.replaceAll('import.meta.url', `__visageAt(${JSON.stringify(path)})`),
        map: null,
      };
    },
  };
}

const BANNER = `const __visageAt = (path) => {
  const root = new URL('../../', import.meta.url).href.replace(/\\/app\\.asar\\//, '/app.asar.unpacked/');
  return new URL(path, root).href;
};`;

/** Builds both files into `out`. */
export async function bundleHost(root: string, out: string): Promise<void> {
  await rm(out, { recursive: true, force: true });
  const common = { root, configFile: false as const, logLevel: 'warn' as const, publicDir: false as const };
  const output = { codeSplitting: false };
  await build({
    ...common,
    plugins: [coreAddresses(root)],
    ssr: { noExternal: true, external: [...EXTERNAL] },
    build: {
      ssr: join(root, 'electron', 'main.ts'),
      outDir: out,
      emptyOutDir: false,
      target: 'node24',
      minify: false,
      rolldownOptions: {
        checks: { bundlerTimings: false },
        output: { ...output, format: 'esm', entryFileNames: 'main.js', banner: BANNER },
      },
    },
  });
  await build({
    ...common,
    ssr: { noExternal: true, external: ['electron'] },
    build: {
      ssr: join(root, 'electron', 'preload.ts'),
      outDir: out,
      emptyOutDir: false,
      target: 'chrome140',
      minify: false,
      rolldownOptions: {
        checks: { bundlerTimings: false },
        output: { ...output, format: 'cjs', entryFileNames: 'preload.cjs' },
      },
    },
  });
}

if (import.meta.main) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
  await bundleHost(root, join(root, 'dist', 'electron'));
}
