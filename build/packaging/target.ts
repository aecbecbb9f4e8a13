/** A system that Visage is packaged for. */
export interface Target {
  platform: 'linux' | 'win32' | 'darwin';
  arch: 'x64' | 'arm64';
}

/** Those for which ONNX Runtime's npm package brings a binary (macOS: Apple silicon only). */
export const TARGETS: readonly Target[] = [
  { platform: 'linux', arch: 'x64' },
  { platform: 'linux', arch: 'arm64' },
  { platform: 'win32', arch: 'x64' },
  { platform: 'win32', arch: 'arm64' },
  { platform: 'darwin', arch: 'arm64' },
];

export const targetName = ({ platform, arch }: Target): string => `${platform}-${arch}`;

/** The system that this runs on; undefined where Visage has no package for it. */
export function ownTarget(
  platform: string = process.platform,
  arch: string = process.arch,
): Target | undefined {
  return TARGETS.find((target) => target.platform === platform && target.arch === arch);
}

/**
 * Files of node_modules that one target's package must not hold: binaries of other systems, sources of what is compiled
 * already, and what only installation uses. Paths and patterns relative to the project's folder.
 */
export function excludedModules({ platform, arch }: Target): string[] {
  const others = <T extends string>(all: readonly T[], own: T): T[] => all.filter((one) => one !== own);
  const onnx = 'node_modules/onnxruntime-node';
  return [
    ...others(['linux', 'win32', 'darwin'], platform).map((name) => `${onnx}/bin/napi-v6/${name}/**`),
    ...others(['x64', 'arm64'], arch).map((name) => `${onnx}/bin/napi-v6/${platform}/${name}/**`),
    `${onnx}/{script,lib}/**`,
    ...TARGETS.concat({ platform: 'darwin', arch: 'x64' })
      .filter((target) => targetName(target) !== targetName({ platform, arch }))
      .map((target) => `node_modules/better-sqlite3/prebuilds/${targetName(target)}.node`),
    'node_modules/better-sqlite3/prebuilds/linuxmusl-*.node',
    'node_modules/better-sqlite3/{deps,src}/**',
    'node_modules/sharp/{src,install}/**',
    // Only its decoder as WebAssembly is used.
    'node_modules/@cornerstonejs/codec-openjpeg/dist/openjpeg{js,js_decode,wasm}.js',
    'node_modules/@cornerstonejs/codec-openjpeg/dist/openjpegwasm.wasm',
    // Only its weights are used.
    'node_modules/@vladmandic/face-api/{build,demo,dist,src,types}/**',
    'node_modules/@vladmandic/face-api/*.{ico,js}',
    // The binary stands in bin/ once more.
    'node_modules/node/node_modules/**',
    'node_modules/**/*.{map,md,markdown,gyp,gypi}',
    'node_modules/**/*.d.{ts,cts,mts}',
    'node_modules/**/{test,tests,__tests__,docs,example,examples,benchmark}/**',
  ];
}
