import { createRequire } from 'node:module';
import type * as Ort from 'onnxruntime-node';

/** ONNX Runtime's binding, loaded on first use: a process that never runs a model does not pay for it. */
let loaded: typeof Ort | undefined;

export function runtime(): typeof Ort {
  if (loaded === undefined) {
    loaded = createRequire(import.meta.url)('onnxruntime-node') as typeof Ort;
    // What matters is thrown as well; warnings on stderr would be read as an engine's last words.
    loaded.env.logLevel = 'error';
  }
  return loaded;
}
