import { Fault } from '../../foundation/fault.ts';
import { textOf } from '../../foundation/pickle/constructors.ts';
import type { Checkpoint } from './checkpoint.ts';
import { TorchTensor } from './torch-tensor.ts';

/** Weights by their name in the module that was saved. */
export type StateDict = ReadonlyMap<string, TorchTensor>;

export interface FoundStateDict {
  /** Where in the checkpoint: '' for the whole, else 'net_state_dict', 'model.backbone'. */
  key: string;
  weights: StateDict;
}

/** Deeper than any training code nests its checkpoints. */
const DEPTH = 4;

/** Every dictionary of a checkpoint whose values are tensors, by where it stands. */
export function stateDicts({ value }: Checkpoint): FoundStateDict[] {
  const found: FoundStateDict[] = [];
  const seen = new Set<unknown>();
  const look = (at: unknown, key: string, depth: number): void => {
    if (!(at instanceof Map) || seen.has(at) || depth > DEPTH) return;
    seen.add(at);
    const weights = new Map<string, TorchTensor>();
    for (const [name, item] of at) {
      const text = textOf(name);
      if (text !== undefined && item instanceof TorchTensor) weights.set(text, item);
    }
    if (weights.size > 0) found.push({ key, weights });
    for (const [name, item] of at) {
      const text = textOf(name);
      if (text !== undefined) look(item, key === '' ? text : `${key}.${text}`, depth + 1);
    }
  };
  look(value, '', 0);
  return found;
}

/**
 * The weights of a network in a checkpoint: the dictionary named `key`, or the one with the most tensors. The prefix
 * 'module.' of parallel training is taken off.
 * @throws Fault when there are none, or none of that key
 */
export function stateDictOf(checkpoint: Checkpoint, key?: string): FoundStateDict {
  const all = stateDicts(checkpoint);
  const list = all.map((each) => `'${each.key}' (${each.weights.size} tensors)`).join(', ');
  if (all.length === 0) {
    throw new Fault(`'${checkpoint.origin}' holds no dictionary of tensors, so no weights.`);
  }
  const chosen =
    key === undefined
      ? all.reduce((best, each) => (each.weights.size > best.weights.size ? each : best))
      : all.find((each) => each.key === key);
  if (chosen === undefined) {
    throw new Fault(`'${checkpoint.origin}' holds no weights under '${key}'; it holds: ${list}.`);
  }
  return { key: chosen.key, weights: withoutPrefix(chosen.weights, 'module.') };
}

/** Takes a prefix off that every name has. */
export function withoutPrefix(weights: StateDict, prefix: string): StateDict {
  if ([...weights.keys()].some((name) => !name.startsWith(prefix))) return weights;
  return new Map([...weights].map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
