import { textOf } from '../../foundation/pickle/constructors.ts';
import type { Checkpoint } from './checkpoint.ts';
import { TorchTensor } from './torch-tensor.ts';

/** Weights by their name in the module that was saved. */
export type StateDict = ReadonlyMap<string, TorchTensor>;

/** Modules that training wraps around others: parallel, sharded and compiled ones, in any order and at any depth. */
const WRAPPERS: ReadonlySet<string> = new Set([
  'module',
  '_orig_mod',
  '_fsdp_wrapped_module',
  '_checkpoint_wrapped_module',
  '_forward_module',
]);

/** A weight's name without the modules that training wrapped around it: 'module._orig_mod.fc.weight' → 'fc.weight'. */
export const plainName = (name: string): string =>
  name
    .split('.')
    .filter((part) => !WRAPPERS.has(part))
    .join('.');

/**
 * Every tensor of a checkpoint by where it stands, at any depth of dictionaries and lists: 'state_dict.fc.weight'. Two
 * tensors that only differ in what training wrapped around them keep their whole names.
 */
export function weightsOf({ value }: Checkpoint): StateDict {
  const found = new Map<string, TorchTensor>();
  const seen = new Set<unknown>();
  // A stack of our own: a pickle may nest deeper than calls can.
  const stack: { at: unknown; name: string }[] = [{ at: value, name: '' }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { at, name } = next;
    if (at instanceof TorchTensor) {
      const plain = plainName(name);
      found.set(found.has(plain) ? name : plain, at);
      continue;
    }
    const items = at instanceof Map ? [...at] : Array.isArray(at) ? [...at.entries()] : [];
    if (items.length === 0 || seen.has(at)) continue;
    seen.add(at);
    for (const [key, item] of items.reverse()) {
      const text = textOf(key) ?? (typeof key === 'object' ? undefined : String(key));
      if (text !== undefined) stack.push({ at: item, name: name === '' ? text : `${name}.${text}` });
    }
  }
  return found;
}

/** What training keeps beside the network: moments of optimisers, schedules, scalers of half precision. */
const OF_TRAINING =
  /(^|\.)(\w*optim\w*|opt|lr_sched\w*|\w*scheduler\w*|\w*scaler|amp|rng\w*|param_groups|exp_avg(_sq)?|momentum_buffer)(\.|$)/i;

/** Whether a tensor belongs to the training, not to a network. */
export const isOfTraining = (name: string): boolean => OF_TRAINING.test(name);
