import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { Fault, sentenceOf } from '../foundation/fault.ts';
import { GraphBuilder, type Handle } from '../graph/builder.ts';
import type { Model } from '../graph/model.ts';

/** One weight of a TensorFlow.js weights manifest. */
const WeightSchema = z.object({
  name: z.string(),
  shape: z.array(z.int().positive()),
  dtype: z.string(),
  quantization: z
    .object({ dtype: z.enum(['uint8', 'uint16']), scale: z.number(), min: z.number() })
    .optional(),
});
const WeightsManifestSchema = z.array(
  z.object({ paths: z.array(z.string()), weights: z.array(WeightSchema) }),
);

export interface Weight {
  shape: readonly number[];
  data: Float32Array;
}

/** The weights manifest that a path means: itself, or the one in the folder. undefined where it is none. */
export function weightsManifestAt(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  if (!statSync(path).isDirectory()) return /weights_manifest\.json$/.test(path) ? path : undefined;
  const found = readdirSync(path).find((name) => /age_gender.*weights_manifest\.json$/.test(name));
  return found === undefined ? undefined : join(path, found);
}

/**
 * Reads TensorFlow.js weights: shards one after the other, quantised ones as q · scale + min.
 * @throws Fault for a file that is no such manifest, and for shards of another length than the manifest says.
 */
export function readWeights(path: string): Map<string, Weight> {
  let groups: z.infer<typeof WeightsManifestSchema>;
  try {
    groups = WeightsManifestSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (thrown) {
    throw new Fault(`'${path}' is not a TensorFlow.js weights manifest: ${sentenceOf(thrown)}`);
  }
  const weights = new Map<string, Weight>();
  for (const group of groups) {
    const shards = group.paths.map((name) => {
      const shard = join(dirname(path), name);
      if (!existsSync(shard)) throw new Fault(`'${path}' needs the file '${shard}', which is not there.`);
      return readFileSync(shard);
    });
    const bytes = Buffer.concat(shards);
    let at = 0;
    for (const { name, shape, dtype, quantization } of group.weights) {
      const size = shape.reduce((a, b) => a * b, 1);
      const width = quantization === undefined ? 4 : quantization.dtype === 'uint8' ? 1 : 2;
      if (quantization === undefined && dtype !== 'float32') {
        throw new Fault(
          `The weight '${name}' in '${path}' is ${dtype}; allowed: float32, or quantised to uint8 or uint16.`,
        );
      }
      if (at + size * width > bytes.length) {
        throw new Fault(
          `The shards of '${path}' are cut short: ${bytes.length} bytes, but '${name}' ends at ${at + size * width}.`,
        );
      }
      const data = new Float32Array(size);
      for (let i = 0; i < size; i++) {
        if (quantization === undefined) data[i] = bytes.readFloatLE(at + 4 * i);
        else {
          const q = width === 1 ? bytes[at + i] : bytes.readUInt16LE(at + 2 * i);
          data[i] = q * quantization.scale + quantization.min;
        }
      }
      weights.set(name, { shape, data });
      at += size * width;
    }
    if (at !== bytes.length) {
      throw new Fault(`The shards of '${path}' hold ${bytes.length} bytes, but its weights take ${at}.`);
    }
  }
  return weights;
}

/** Height × width × in × out (TensorFlow) to out × in × height × width (ONNX). */
function transposedKernel({ shape: [h, w, inputs, outputs], data }: Weight): {
  dims: number[];
  data: Float32Array;
} {
  const found = new Float32Array(data.length);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      for (let i = 0; i < inputs; i++) {
        for (let o = 0; o < outputs; o++) {
          found[((o * inputs + i) * h + y) * w + x] = data[((y * w + x) * inputs + i) * outputs + o];
        }
      }
    }
  }
  return { dims: [outputs, inputs, h, w], data: found };
}

/** TensorFlow's 'same' padding (the odd pixel goes behind) is ONNX's SAME_UPPER. */
const SAME = { auto_pad: 'SAME_UPPER' };

/**
 * face-api.js's age and gender network as an ONNX graph: TinyXception (entry flow of a strided convolution and two
 * reduction blocks, two main blocks, exit flow of one reduction block and a separable convolution), average pool, two linear
 * layers. Input N×3×112×112: RGB minus its mean, / 256. Outputs: 'age' N×1 in years, 'gender' N×2 (male, female), softmax done.
 * @param path the weights manifest beside its shard
 * @throws Fault where a weight is missing or has another shape.
 */
export function ageGenderModel(path: string): Model {
  const weights = readWeights(path);
  const b = new GraphBuilder('age-gender');
  const weight = (name: string, rank: number): Weight => {
    const found = weights.get(name);
    if (found?.shape.length !== rank) {
      throw new Fault(
        `'${path}' is not face-api.js's age and gender network: the weight '${name}' ${found ? `has ${found.shape.length} dimensions, not ${rank}` : 'is missing'}.`,
      );
    }
    return found;
  };
  const bias = (name: string): Handle => b.constant(name, weight(name, 1).data);
  const conv = (x: Handle, at: string, stride: number): Handle => {
    const kernel = transposedKernel(weight(`${at}/filters`, 4));
    return b.op('Conv', [x, b.constant(`${at}/filters`, kernel.data, kernel.dims), bias(`${at}/bias`)], {
      strides: [stride, stride],
      ...SAME,
    });
  };
  const separable = (x: Handle, at: string): Handle => {
    const depthwise = weight(`${at}/depthwise_filter`, 4);
    const channels = depthwise.shape[2];
    // height × width × channels × 1 is the same as one kernel per channel.
    const each = transposedKernel({
      shape: [...depthwise.shape.slice(0, 2), 1, channels],
      data: depthwise.data,
    });
    const point = transposedKernel(weight(`${at}/pointwise_filter`, 4));
    const spread = b.op('Conv', [x, b.constant(`${at}/depthwise_filter`, each.data, each.dims)], {
      group: channels,
      ...SAME,
    });
    return b.op('Conv', [
      spread,
      b.constant(`${at}/pointwise_filter`, point.data, point.dims),
      bias(`${at}/bias`),
    ]);
  };
  const relu = (x: Handle): Handle => b.op('Relu', [x]);
  const reduction = (x: Handle, at: string, first: Handle): Handle => {
    const inner = separable(relu(separable(first, `${at}/separable_conv0`)), `${at}/separable_conv1`);
    const pooled = b.op('MaxPool', [inner], { kernel_shape: [3, 3], strides: [2, 2], ...SAME });
    return b.op('Add', [pooled, conv(x, `${at}/expansion_conv`, 2)]);
  };

  let x = relu(conv(b.input('input', ['N', 3, 112, 112]), 'entry_flow/conv_in', 2));
  x = reduction(x, 'entry_flow/reduction_block_0', x);
  x = reduction(x, 'entry_flow/reduction_block_1', relu(x));
  for (let block = 0; weights.has(`middle_flow/main_block_${block}/separable_conv0/bias`); block++) {
    const at = `middle_flow/main_block_${block}`;
    let y = x;
    for (let i = 0; i < 3; i++) y = separable(relu(y), `${at}/separable_conv${i}`);
    x = b.op('Add', [y, x]);
  }
  x = reduction(x, 'exit_flow/reduction_block', relu(x));
  x = relu(separable(x, 'exit_flow/separable_conv'));
  const pooled = b.op('Flatten', [b.op('GlobalAveragePool', [x])], { axis: 1 }, 'pooled');
  const linear = (at: string, output?: string): Handle => {
    const matrix = weight(`${at}/weights`, 2);
    return b.op(
      'Gemm',
      [pooled, b.constant(`${at}/weights`, matrix.data, matrix.shape), bias(`${at}/bias`)],
      {},
      output,
    );
  };
  const age = linear('fc/age', 'age');
  const gender = b.op('Softmax', [linear('fc/gender')], { axis: 1 }, 'gender');
  return b.model([age, gender]);
}
