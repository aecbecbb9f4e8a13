import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { RunModel } from '../../../core/graph/batch.ts';

/** Real networks that lie beside the checkout; tests that need them are skipped where they are absent. */
export const WEIGHTS = join(import.meta.dirname, '../../../../shared/assets/weights');
export const haveWeights = existsSync(WEIGHTS);

/** Every ONNX file among them. */
export const NETWORKS = [
  'mobilefacenet_foamliu.onnx',
  'version-RFB-320.onnx',
  'pfld.onnx',
  'fsanet-1x1-iter-688590.onnx',
  'fsanet-var-iter-688590.onnx',
];

/** Runs a model in ONNX Runtime itself, past Visage's engine. */
export const runModel: RunModel = async (bytes, feeds) => {
  const session = await InferenceSession.create(bytes, {
    logSeverityLevel: 3,
    graphOptimizationLevel: 'basic',
  });
  try {
    const outputs = await session.run(
      Object.fromEntries(
        Object.entries(feeds).map(([name, { data, dims }]) => [name, new Tensor('float32', data, [...dims])]),
      ),
    );
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { data, dims }]) => [name, { data: data as Float32Array, dims }]),
    );
  } finally {
    await session.release();
  }
};
