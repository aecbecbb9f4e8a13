// Imported, not read: a packaged program has it in its bundle, and no such file beside the engine.
import said from '../../package.json' with { type: 'json' };

/** What made a result: the program, its runtime, and ONNX Runtime as it is pinned. */
export function versions(): { visage: string; node: string; onnxruntime: string } {
  return {
    visage: said.version,
    node: process.versions.node,
    onnxruntime: said.dependencies['onnxruntime-node'],
  };
}
