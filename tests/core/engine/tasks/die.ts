import type { Task } from '../../../../core/engine/types.ts';

/** Hands over one part and ends its process as it is told. */
const die: Task<{ how: 'exit' | 'SIGKILL' | 'SIGSEGV' | 'throw'; last?: string }> = async (
  input,
  context,
) => {
  await context.part('before');
  if (input.last !== undefined) process.stderr.write(`${input.last}\n`);
  if (input.how === 'throw') throw new TypeError('a defect of ours');
  if (input.how === 'exit') setTimeout(() => process.exit(7), 20);
  else process.kill(process.pid, input.how);
  await new Promise(() => {});
};
export default die;
