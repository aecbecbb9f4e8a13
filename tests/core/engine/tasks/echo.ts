import type { Task } from '../../../../core/engine/types.ts';

/** Gives its input back, and each of `parts` as a part. */
const echo: Task<{ parts?: unknown[]; value: unknown }, unknown> = async (input, context) => {
  for (const part of input.parts ?? []) await context.part(part);
  context.progress({ stage: 'Echoing', done: 1, total: 1, unit: 'values' });
  return input.value;
};
export default echo;
