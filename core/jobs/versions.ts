import { readFileSync } from 'node:fs';

interface Package {
  version: string;
  dependencies: Record<string, string>;
}

/** What made a result: the program, its runtime, and ONNX Runtime as it is pinned. */
export function versions(): { visage: string; node: string; onnxruntime: string } {
  const said = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Package;
  return {
    visage: said.version,
    node: process.versions.node,
    onnxruntime: said.dependencies['onnxruntime-node'],
  };
}
