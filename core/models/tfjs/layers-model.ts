import { basename } from 'node:path';
import { z } from 'zod';
import { Fault, sentenceOf } from '../../foundation/fault.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import type { Model } from '../../graph/model.ts';
import { KERAS_LAYERS, type LayerContext } from './keras-layers.ts';
import type { LayersModelFile } from './model-file.ts';
import { type Value, Values } from './values.ts';
import type { Weight } from './weights.ts';

const ReferenceSchema = z.array(z.unknown()).min(3);
const LayerSchema = z.looseObject({
  class_name: z.string(),
  name: z.string().optional(),
  config: z.looseObject({}),
  /** One list of [layer, node, output] per call of the layer. */
  inbound_nodes: z.array(z.array(ReferenceSchema)).optional(),
});
type LayerEntry = z.infer<typeof LayerSchema>;

const ModelSchema = z.looseObject({
  class_name: z.enum(['Sequential', 'Functional', 'Model']),
  config: z.union([
    z.looseObject({
      name: z.string().optional(),
      layers: z.array(LayerSchema),
      input_layers: z.array(ReferenceSchema).optional(),
      output_layers: z.array(ReferenceSchema).optional(),
    }),
    // Early Keras wrote a sequential model as the bare list of its layers.
    z
      .array(LayerSchema)
      .transform((layers) => ({ layers, input_layers: undefined, output_layers: undefined })),
  ]),
});
type KerasModel = z.infer<typeof ModelSchema>;

const NESTED = new Set(['Sequential', 'Functional', 'Model']);

const nameOf = ({ name, config }: LayerEntry): string => name ?? String(config.name ?? '');

/** A functional model's one reference per layer, as Keras and TensorFlow.js write it: its first call. */
const key = (layer: unknown, node: unknown): string => `${String(layer)} ${Number(node)}`;

class Conversion {
  readonly #values: Values;
  readonly #weights: ReadonlyMap<string, Weight>;
  readonly #path: string;

  constructor(builder: GraphBuilder, weights: ReadonlyMap<string, Weight>, path: string) {
    this.#values = new Values(builder);
    this.#weights = weights;
    this.#path = path;
  }

  get values(): Values {
    return this.#values;
  }

  /** Builds the layers of a model. @param given values of its inputs, where it stands inside another; else they become inputs. */
  model({ class_name: kind, config }: KerasModel, given?: readonly Value[]): [string, Value][] {
    return kind === 'Sequential' ? this.#sequence(config.layers, given) : this.#network(config, given);
  }

  #sequence(layers: readonly LayerEntry[], given?: readonly Value[]): [string, Value][] {
    let x: Value | undefined = given?.[0];
    let name = '';
    for (const layer of layers) {
      if (layer.class_name === 'InputLayer') {
        x ??= this.#input(layer);
        continue;
      }
      x ??= this.#input(layer);
      name = nameOf(layer);
      x = this.#layer(layer, [x]);
    }
    if (x === undefined) throw new Fault(`'${this.#path}' has no layers.`);
    return [[name, x]];
  }

  #network(config: KerasModel['config'], given?: readonly Value[]): [string, Value][] {
    const { layers, input_layers: inputs = [], output_layers: outputs = [] } = config;
    const made = new Map<string, Value>();
    let waiting: { layer: LayerEntry; call: number }[] = layers.flatMap((layer) =>
      layer.class_name === 'InputLayer'
        ? [{ layer, call: 0 }]
        : (layer.inbound_nodes ?? []).map((_, call) => ({ layer, call })),
    );
    while (waiting.length > 0) {
      const left: typeof waiting = [];
      for (const each of waiting) {
        const { layer, call } = each;
        const name = nameOf(layer);
        if (layer.class_name === 'InputLayer') {
          const at = inputs.findIndex(([input]) => input === name);
          made.set(key(name, 0), (at < 0 ? undefined : given?.[at]) ?? this.#input(layer));
          continue;
        }
        const from = (layer.inbound_nodes?.[call] ?? []).map(([of, node]) => made.get(key(of, node)));
        if (from.some((value) => value === undefined)) left.push(each);
        else made.set(key(name, call), this.#layer(layer, from as Value[]));
      }
      if (left.length === waiting.length) {
        throw new Fault(
          `'${this.#path}': the inputs of the layer '${nameOf(left[0].layer)}' are made by no layer before it.`,
        );
      }
      waiting = left;
    }
    return outputs.map(([layer, node]) => {
      const value = made.get(key(layer, node));
      if (value === undefined)
        throw new Fault(`'${this.#path}' has no layer '${String(layer)}', its output.`);
      return [String(layer), value];
    });
  }

  #input(layer: LayerEntry): Value {
    const shape = (layer.config.batch_input_shape ?? layer.config.batch_shape) as
      | (number | null)[]
      | undefined;
    if (!Array.isArray(shape)) {
      throw new Fault(
        `'${this.#path}': the first layer, '${nameOf(layer)}', does not say its input's shape.`,
      );
    }
    const name = layer.class_name === 'InputLayer' ? nameOf(layer) : 'input';
    const dims = shape.map((size, axis) => size ?? (axis === 0 ? 'N' : `${name}_${axis}`));
    return { layout: 'plain', handle: this.#values.builder.input(name, dims) };
  }

  #layer(layer: LayerEntry, inputs: readonly Value[]): Value {
    const name = nameOf(layer);
    if (NESTED.has(layer.class_name)) return this.model(ModelSchema.parse(layer), inputs)[0][1];
    const write = KERAS_LAYERS[layer.class_name];
    const own = new Map(
      [...this.#weights].flatMap(([weight, value]) => {
        const parts = weight.split('/');
        // 'conv/kernel', in files of other makers 'conv/conv/kernel:0' or, inside a nested model, 'model/conv/kernel'.
        const last = parts.pop()?.replace(/:\d+$/, '') ?? '';
        return parts.includes(name) ? [[last, value] as const] : [];
      }),
    );
    const context: LayerContext = {
      ...{ name, kind: layer.class_name, config: layer.config, inputs, values: this.#values },
      has: (weight) => own.has(weight),
      weight: (weight) => {
        const found = own.get(weight);
        if (found === undefined) {
          throw new Fault(
            `'${this.#path}' has no weight '${weight}' of its layer '${name}' (${layer.class_name}).`,
          );
        }
        return found;
      },
    };
    return write(context);
  }
}

/** Every layer of a model, those of nested models too. */
function allLayers({ config }: KerasModel): LayerEntry[] {
  return config.layers.flatMap((layer) =>
    NESTED.has(layer.class_name) ? allLayers(ModelSchema.parse(layer)) : [layer],
  );
}

/**
 * A layers model of TensorFlow.js (Keras: sequential or functional, also nested) as an ONNX graph, layer by layer. Inputs
 * keep Keras's layout (N×H×W×C); outputs are called after the layers that make them.
 * @param path the model's file, for messages
 * @throws Fault naming layers that are not known, before anything is built.
 */
export function layersModel({ config, weights }: LayersModelFile, path: string): Model {
  const parsed = ModelSchema.safeParse(config);
  if (!parsed.success) {
    throw new Fault(`'${path}' holds no model of Keras's layers: ${sentenceOf(parsed.error)}`);
  }
  const unknown = [
    ...new Set(
      allLayers(parsed.data)
        .map((layer) => layer.class_name)
        .filter((kind) => kind !== 'InputLayer' && !Object.hasOwn(KERAS_LAYERS, kind)),
    ),
  ];
  if (unknown.length > 0) {
    throw new Fault(
      `'${path}' uses layers that are not known: ${unknown.map((kind) => `'${kind}'`).join(', ')}. Known: ${Object.keys(KERAS_LAYERS).join(', ')}.`,
    );
  }
  const b = new GraphBuilder(basename(path).replace(/\.json$/, ''));
  const conversion = new Conversion(b, weights, path);
  const outputs = conversion.model(parsed.data);
  return b.model(
    outputs.map(([name, value]) => b.op('Identity', [conversion.values.plain(value)], {}, name)),
  );
}
