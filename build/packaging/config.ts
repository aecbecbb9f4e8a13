import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Configuration } from 'electron-builder';
import { excludedModules, type Target } from './target.ts';

/** Fuses of Electron's binary: switches that are set at packaging, so that no later hand on the files turns them. */
export const FUSES = {
  /** The program cannot be run as a bare Node (the engine has a Node of its own). */
  runAsNode: false,
  enableCookieEncryption: true,
  enableNodeOptionsEnvironmentVariable: false,
  enableNodeCliInspectArguments: false,
  enableEmbeddedAsarIntegrityValidation: true,
  onlyLoadAppFromAsar: true,
  loadBrowserProcessSpecificV8Snapshot: false,
  grantFileProtocolExtraPrivileges: false,
  resetAdHocDarwinSignature: true,
} satisfies NonNullable<Configuration['electronFuses']>;

/** Our own files in a package. */
export const FILES = [
  'package.json',
  'dist/electron/*',
  'dist/renderer/**/*',
  '!dist/renderer/**/*.map',
  'core/**/*.ts',
  // Outside the archive core/ has no other package.json above it that says what its modules are.
  'core/package.json',
  // The rest of core/ is in the bundle; the engine and the workers need no more than what is left.
  '!core/{cli,contract,datasets,exports,host,jobs,project}/**/*',
  'assets/manifests/*.json',
  'assets/models/*/*.{onnx,json}',
  'assets/icons/png/256x256.png',
];

/**
 * What lies beside the archive: the engine is a plain Node process, which cannot read an archive; and native modules
 * are files for the system's loader. The main process and the page are in the archive, under its integrity check.
 */
export const UNPACKED = ['core/**/*', 'assets/manifests/*', 'assets/models/**/*', 'node_modules/**/*'];

export interface PackagingOptions {
  target: Target;
  /** Folder of Electron's unpacked binary. */
  electronDist: string;
  /** Installed packages that the program does not run. */
  unneeded: readonly string[];
  /** Folder that packages are made in. */
  output: string;
}

/** electron-builder's configuration for one target. Packages are made on the system that they are for. */
export function packagingConfig({ target, electronDist, unneeded, output }: PackagingOptions): Configuration {
  return {
    appId: 'org.visage.workbench',
    productName: 'Visage',
    copyright: 'Apache-2.0',
    directories: { output, buildResources: 'build/packaging/resources' },
    electronDist,
    asar: true,
    asarUnpack: UNPACKED,
    files: [
      ...FILES,
      ...excludedModules(target).map((pattern) => `!${pattern}`),
      ...unneeded.map((name) => `!node_modules/${name}/**`),
    ],
    // Native packages are N-API with binaries inside: nothing is compiled.
    npmRebuild: false,
    nodeGypRebuild: false,
    electronFuses: FUSES,
    // Electron's own start page, which a binary that was unpacked by its npm package still has.
    afterExtract: ({ appOutDir }) => rm(join(appOutDir, 'resources', 'default_app.asar'), { force: true }),
    extraMetadata: { homepage: 'https://visage.invalid' },
    publish: null,
    removePackageScripts: true,
    fileAssociations: [
      {
        ext: 'visage',
        name: 'Visage project',
        description: 'A Visage project',
        role: 'Editor',
        // A project is a folder: macOS shows it as one document; other systems associate files only.
        isPackage: true,
        rank: 'Owner',
        ...(target.platform !== 'linux' && {
          icon: `assets/icons/visage.${target.platform === 'darwin' ? 'icns' : 'ico'}`,
        }),
      },
    ],
    linux: {
      target: ['AppImage', 'deb'],
      executableName: 'visage',
      icon: 'assets/icons/png',
      category: 'Science',
      synopsis: 'A workbench for face data sets and face-recognition networks',
      maintainer: 'The authors of Visage <visage@visage.invalid>',
      // 'Open with' of a file manager, on a project's folder.
      mimeTypes: ['inode/directory'],
    },
    win: { target: ['nsis'], icon: 'assets/icons/visage.ico' },
    nsis: {
      oneClick: false,
      perMachine: false,
      allowToChangeInstallationDirectory: true,
      include: 'build/packaging/resources/installer.nsh',
    },
    mac: {
      target: ['dmg'],
      icon: 'assets/icons/visage.icns',
      category: 'public.app-category.graphics-design',
      hardenedRuntime: true,
      entitlements: 'build/packaging/resources/entitlements.plist',
      entitlementsInherit: 'build/packaging/resources/entitlements.plist',
    },
  };
}
