import type { UserCommand } from './commands.ts';

/** Two bindings that cannot both work: the same, or one that begins the other ('g' and 'g m'). */
export const clash = (a: string, b: string): boolean =>
  a === b || a.startsWith(`${b} `) || b.startsWith(`${a} `);

/** Other commands that keys would be taken from. */
export const conflictsOf = (
  commands: readonly UserCommand[],
  id: string,
  keys: string,
  keysOf: (command: UserCommand) => readonly string[],
): UserCommand[] =>
  commands.filter((other) => other.id !== id && keysOf(other).some((one) => clash(one, keys)));
