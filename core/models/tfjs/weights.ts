import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { Fault, sentenceOf } from '../../foundation/fault.ts';

/** How a shard keeps a weight in fewer bits: as q · scale + min, or as half floats. */
const QuantizationSchema = z.union([
  z.object({ dtype: z.enum(['uint8', 'uint16']), scale: z.number(), min: z.number() }),
  z.object({ dtype: z.literal('float16') }),
]);
const WeightSchema = z.object({
  name: z.string(),
  shape: z.array(z.int().nonnegative()),
  dtype: z.string(),
  quantization: QuantizationSchema.optional(),
});
/** Groups of shards as a weights manifest or the `weightsManifest` of a model.json lists them. */
export const WeightsManifestSchema = z.array(
  z.object({ paths: z.array(z.string()), weights: z.array(WeightSchema) }),
);
export type WeightsManifest = z.infer<typeof WeightsManifestSchema>;
type WeightEntry = z.infer<typeof WeightSchema>;

/** A weight: row-major in TensorFlow's order of axes (kernels height × width × in × out). */
export interface Weight {
  shape: readonly number[];
  /** What the graph takes it for; values of `int32` and `bool` are whole numbers here. */
  type: 'float32' | 'int32' | 'bool';
  data: Float32Array;
}

/** An IEEE half as a number. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  uint8: 1,
  uint16: 2,
  float16: 2,
};

/** How the elements of one entry are stored. @throws Fault for a type that no rule reads. */
function storage(
  { name, dtype, quantization }: WeightEntry,
  path: string,
): { stored: string; width: number } {
  const stored = quantization?.dtype ?? dtype;
  const width = BYTES[stored];
  const known = dtype === 'float32' || dtype === 'int32' || dtype === 'bool';
  if (
    width === undefined ||
    !known ||
    (quantization === undefined && (stored === 'uint8' || stored === 'uint16'))
  ) {
    throw new Fault(
      `The weight '${name}' in '${path}' is ${dtype}; allowed: float32, int32 and bool, as they are or quantised to uint8, uint16 or float16.`,
    );
  }
  return { stored, width };
}

function elements(bytes: Buffer, at: number, size: number, stored: string): Float32Array {
  const data = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    switch (stored) {
      case 'float32':
        data[i] = bytes.readFloatLE(at + 4 * i);
        break;
      case 'int32':
        data[i] = bytes.readInt32LE(at + 4 * i);
        break;
      case 'float16':
        data[i] = half(bytes.readUInt16LE(at + 2 * i));
        break;
      case 'uint16':
        data[i] = bytes.readUInt16LE(at + 2 * i);
        break;
      default:
        data[i] = bytes[at + i];
    }
  }
  return data;
}

/**
 * The weights of TensorFlow.js shards, which stand one after the other: quantised ones as q · scale + min.
 * @param groups what the manifest says
 * @param path the manifest's file, beside which its shards lie
 * @throws Fault for shards that are missing or of another length than the manifest says, and for unknown element types.
 */
export function weightsOf(groups: WeightsManifest, path: string): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  for (const group of groups) {
    const shards = group.paths.map((name) => {
      const shard = join(dirname(path), name);
      if (!existsSync(shard)) throw new Fault(`'${path}' needs the file '${shard}', which is not there.`);
      return readFileSync(shard);
    });
    const bytes = Buffer.concat(shards);
    let at = 0;
    for (const entry of group.weights) {
      const { name, shape, dtype, quantization } = entry;
      const { stored, width } = storage(entry, path);
      const size = shape.reduce((a, b) => a * b, 1);
      if (at + size * width > bytes.length) {
        throw new Fault(
          `The shards of '${path}' are cut short: ${bytes.length} bytes, but '${name}' ends at ${at + size * width}.`,
        );
      }
      const data = elements(bytes, at, size, stored);
      if (quantization !== undefined && 'scale' in quantization) {
        const { scale, min } = quantization;
        // Whole numbers were quantised by TensorFlow.js's converter too: they come back as whole numbers.
        for (let i = 0; i < size; i++) {
          data[i] = dtype === 'float32' ? data[i] * scale + min : Math.round(data[i] * scale + min);
        }
      }
      weights.set(name, { shape, type: dtype as Weight['type'], data });
      at += size * width;
    }
    if (at !== bytes.length) {
      throw new Fault(`The shards of '${path}' hold ${bytes.length} bytes, but its weights take ${at}.`);
    }
  }
  return weights;
}

function groupsAt(path: string): WeightsManifest {
  try {
    return WeightsManifestSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (thrown) {
    throw new Fault(`'${path}' is not a TensorFlow.js weights manifest: ${sentenceOf(thrown)}`);
  }
}

/** Reads a weights manifest and its shards. @throws Fault for a file that is no such manifest. */
export const readWeights = (path: string): Map<string, Weight> => weightsOf(groupsAt(path), path);

/** SHA-256 over the shards of a weights manifest or of a model.json, in order, hex. */
export function shardsHash(path: string): string {
  const json: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const groups = WeightsManifestSchema.parse(
    typeof json === 'object' && json !== null && 'weightsManifest' in json ? json.weightsManifest : json,
  );
  const hash = createHash('sha256');
  for (const { paths } of groups) {
    for (const name of paths) hash.update(readFileSync(join(dirname(path), name)));
  }
  return hash.digest('hex');
}
