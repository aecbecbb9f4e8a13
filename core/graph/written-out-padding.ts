import type { Dim } from './dimension.ts';
import { freshNames } from './fresh-names.ts';
import { GraphNode } from './graph.ts';
import { inferShapes } from './infer.ts';
import type { Model } from './model.ts';
import { GraphTensor, integers } from './tensor.ts';

/** Far beyond any size: to the end. */
const END = 2 ** 31 - 1;

const same = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length === b.length && a.every((dim, i) => typeof dim === 'number' && dim === b[i]);

/**
 * Changes, in place, convolutions whose kernel is as large as their input and which pad only what lies behind it: ONNX Runtime
 * 1.30's WebGPU takes them for one product and forgets the padding. They pad in front too here, by one stride, and the places
 * that this adds are cut off. (A Pad of its own is no help: the runtime's optimiser puts it back into the convolution.)
 * Such kernels come up on the way back through the last stages of small networks.
 */
export function writeOutEndPadding(model: Model): void {
  const { graph } = model;
  const known = inferShapes(model);
  const fresh = freshNames(graph, known.keys());
  graph.nodes = graph.nodes.flatMap((node) => {
    if (node.opType !== 'Conv') return [node];
    const [x, kernel] = [node.inputs[0], node.inputs[1]].map((name) => known.get(name)?.shape);
    const pads = node.ints('pads') ?? [];
    const begins = pads.slice(0, pads.length / 2);
    const behind = begins.every((pad) => pad === 0) && pads.some((pad) => pad > 0);
    if (!x || !kernel || !behind || !same(x.slice(2), kernel.slice(2))) return [node];
    const strides = node.ints('strides') ?? begins.map(() => 1);
    node.set('pads', [...strides, ...pads.slice(begins.length)]);
    const output = node.outputs[0];
    node.outputs[0] = fresh(`${output}.padded`);
    const ints = (name: string, values: readonly number[]): string => {
      const full = fresh(`${output}.${name}`);
      graph.initialisers.set(full, GraphTensor.of(integers(values), undefined, full));
      return full;
    };
    const cut = [
      ints(
        'starts',
        begins.map(() => 1),
      ),
      ints(
        'ends',
        begins.map(() => END),
      ),
      ints(
        'axes',
        begins.map((_, i) => 2 + i),
      ),
    ];
    return [node, GraphNode.of('Slice', [node.outputs[0], ...cut], [output], {}, fresh(`${output}.cut`))];
  });
}
