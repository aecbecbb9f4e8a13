import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Fault, sentenceOf } from '../../foundation/fault.ts';
import { type Weight, WeightsManifestSchema, weightsOf } from './weights.ts';

const AttributeSchema = z.looseObject({
  s: z.string().optional(),
  i: z.union([z.string(), z.number()]).optional(),
  f: z.number().optional(),
  b: z.boolean().optional(),
  type: z.union([z.string(), z.number()]).optional(),
  shape: z
    .looseObject({
      dim: z.array(z.looseObject({ size: z.union([z.string(), z.number()]).optional() })).optional(),
      unknownRank: z.boolean().optional(),
    })
    .optional(),
  list: z.looseObject({}).optional(),
});
export type GraphAttribute = z.infer<typeof AttributeSchema>;

const NodeSchema = z.looseObject({
  name: z.string(),
  op: z.string(),
  input: z.array(z.string()).default([]),
  attr: z.record(z.string(), AttributeSchema).default({}),
});
/** A node of a graph model as TensorFlow's GraphDef has it. */
export type TensorflowNode = z.infer<typeof NodeSchema>;

const EndsSchema = z.record(z.string(), z.looseObject({ name: z.string() }));

const GraphModelSchema = z.looseObject({
  format: z.literal('graph-model').optional(),
  modelTopology: z.looseObject({ node: z.array(NodeSchema) }),
  weightsManifest: WeightsManifestSchema,
  signature: z.looseObject({ inputs: EndsSchema.optional(), outputs: EndsSchema.optional() }).nullish(),
  userDefinedMetadata: z
    .looseObject({
      signature: z.looseObject({ inputs: EndsSchema.optional(), outputs: EndsSchema.optional() }).optional(),
    })
    .nullish(),
});

const LayersModelSchema = z.looseObject({
  format: z.literal('layers-model').optional(),
  modelTopology: z.looseObject({}),
  weightsManifest: WeightsManifestSchema,
});

export interface GraphModelFile {
  kind: 'graph';
  nodes: TensorflowNode[];
  /** What the file calls its inputs and outputs: their name to the node's ('Identity_2:0'). */
  inputs: Record<string, string>;
  outputs: Record<string, string>;
  weights: Map<string, Weight>;
}

export interface LayersModelFile {
  kind: 'layers';
  /** `model_config`: the class and its configuration, as Keras writes them. */
  config: unknown;
  weights: Map<string, Weight>;
}

/** The TensorFlow.js model that a path means: a model.json, or the folder with one. undefined where it is none. */
export function tensorflowModelAt(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const file = statSync(path).isDirectory() ? join(path, 'model.json') : path;
  if (!file.endsWith('.json') || !existsSync(file)) return undefined;
  try {
    const parsed = JSON.parse(readFileSync(file, 'utf8')) as { modelTopology?: unknown } | null;
    return parsed?.modelTopology === undefined ? undefined : file;
  } catch {
    return undefined;
  }
}

const names = (ends: z.infer<typeof EndsSchema> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(ends ?? {}).map(([key, { name }]) => [key, name]));

/**
 * Reads a model of TensorFlow.js with its shards: a *graph model* (a frozen TensorFlow graph) or a *layers model* (Keras).
 * @param path its model.json
 * @throws Fault for a file that is neither, and for shards that do not fit.
 */
export function readTensorflowModel(path: string): GraphModelFile | LayersModelFile {
  try {
    const json: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const graph = GraphModelSchema.safeParse(json);
    if (graph.success) {
      const { modelTopology, weightsManifest, signature, userDefinedMetadata } = graph.data;
      const ends = signature?.outputs === undefined ? userDefinedMetadata?.signature : signature;
      return {
        kind: 'graph',
        nodes: modelTopology.node,
        inputs: names(ends?.inputs),
        outputs: names(ends?.outputs),
        weights: weightsOf(weightsManifest, path),
      };
    }
    const { modelTopology, weightsManifest } = LayersModelSchema.parse(json);
    // Keras's own saving puts the configuration one level deeper.
    const config = 'model_config' in modelTopology ? modelTopology.model_config : modelTopology;
    return { kind: 'layers', config, weights: weightsOf(weightsManifest, path) };
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw new Fault(`'${path}' is not a model.json of TensorFlow.js: ${sentenceOf(thrown)}`);
  }
}
