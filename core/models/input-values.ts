import type { Preparation } from '../engine/preparation.ts';
import type { ElementType } from '../graph/elements.ts';
import { boundsOf } from '../graph/float-ends.ts';
import { floatsOf } from '../graph/float32.ts';
import type { Model } from '../graph/model.ts';
import { isFloating } from '../graph/shapes/types.ts';
import type { GraphTensor } from '../graph/tensor.ts';

/** What a network's numbers 0…255 become: (pixel − mean) / std. */
export type PixelScale = Pick<Preparation, 'mean' | 'std'>;

const scale = (mean: number, std: number): PixelScale => ({ mean: [mean, mean, mean], std: [std, std, std] });

/** Fewer steps than this between black and white are a mistake: faces would be posters. */
const LEAST_STEPS = 16;

/** The usual scale for a network that takes pictures as `type`, and why. */
export function usualScale(model: Model, input: string, type: ElementType): PixelScale & { why: string } {
  if (type === 'int8')
    return { ...scale(128, 1), why: 'mean 128 and std 1 (values −128…127): the input is int8' };
  if (boundsOf(type) !== undefined) {
    return { ...scale(0, 1), why: `mean 0 and std 1 (values 0…255): the input is ${type}` };
  }
  return takesPixels(model, input)
    ? { ...scale(0, 1), why: 'mean 0 and std 1 (values 0…255): the network scales its input itself' }
    : { ...scale(127.5, 127.5), why: 'mean 127.5 and std 127.5 (values −1…1): the usual choice' };
}

/**
 * Whether the first operators of a network bring 0…255 down to a few units, as exports do that hold their preparation.
 * (MXNet's face networks begin with x − 127.5 and × 0.0078125.)
 */
function takesPixels({ graph }: Model, input: string): boolean {
  const consumers = graph.consumers();
  let factor = 1;
  let value = input;
  for (;;) {
    const users = consumers.get(value) ?? [];
    const [node] = users;
    if (users.length !== 1 || node.inputs[0] !== value) break;
    const constant = (at: number): number | undefined => meanOf(graph.constant(node.inputs[at] ?? ''));
    const second = constant(1);
    if (node.opType === 'Mul' && second !== undefined) factor *= second;
    else if (node.opType === 'Div' && second) factor /= second;
    else if (node.opType === 'DequantizeLinear' && second !== undefined) factor *= second;
    else if (node.opType === 'BatchNormalization' && second !== undefined) {
      factor *= second / Math.sqrt((constant(4) ?? 1) + node.float('epsilon', 1e-5));
    } else if (!((node.opType === 'Sub' || node.opType === 'Add') && second !== undefined)) {
      if (!['Cast', 'Transpose', 'Identity'].includes(node.opType)) break;
    }
    value = node.outputs[0];
  }
  return factor !== 0 && Math.abs(factor) * 255 <= LEAST_STEPS;
}

function meanOf(tensor: GraphTensor | undefined): number | undefined {
  if (tensor === undefined || tensor.size === 0 || !isFloating(tensor.type)) return undefined;
  return floatsOf(tensor).reduce((sum, value) => sum + value, 0) / tensor.size;
}

/**
 * What is wrong with giving pixels so to an input of whole numbers, as a sentence.
 * @param where whose preparation it is: "'face.onnx'"
 */
export function scaleProblem(
  type: ElementType,
  { mean, std }: PixelScale,
  where: string,
): string | undefined {
  const bounds = boundsOf(type);
  if (bounds === undefined) return undefined;
  for (const [channel, divisor] of std.entries()) {
    const ends = [0, 255].map((pixel) => (pixel - mean[channel]) / divisor);
    const [least, most] = [Math.min(...ends), Math.max(...ends)];
    const given = `${where} takes ${type} (${bounds[0]}…${bounds[1]}), but mean ${mean[channel]} and std ${divisor} make ${shown(least)}…${shown(most)} of a picture`;
    const remedy = `write mean ${type === 'int8' ? 128 : 0} and std 1 into the manifest, if it takes plain pixels`;
    if (least < bounds[0] - 0.5 || most > bounds[1] + 0.5) return `${given}; ${remedy}.`;
    if (most - least < LEAST_STEPS) return `${given}, of which little is left in whole numbers; ${remedy}.`;
  }
  return undefined;
}

const shown = (value: number): string => String(Math.round(value * 100) / 100);
