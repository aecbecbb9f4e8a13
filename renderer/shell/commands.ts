/**
 * Everything that a user can do by name or key: the palette lists it, the shortcut sheet shows it, keys run it. Views
 * register their commands while they are shown.
 */
export interface UserCommand {
  /** Stable name for rebinding: 'label.undo'. */
  id: string;
  title: string;
  /** Group in the palette and on the sheet: 'Annotate', 'Go to'. */
  group: string;
  /** Default keys, e.g. 'mod+z', 'g m', 'shift+a'. */
  keys?: readonly string[];
  run(): void;
  /** Absent: always. */
  enabled?(): boolean;
}

export class CommandRegistry {
  readonly #commands = new Map<string, UserCommand>();
  readonly #bindings: Map<string, readonly string[]>;
  readonly #changed = new Set<() => void>();

  /** @param bindings the user's own keys, by command id */
  constructor(bindings: Readonly<Record<string, readonly string[]>> = {}) {
    this.#bindings = new Map(Object.entries(bindings));
  }

  /** Adds commands; the function given back removes them again. */
  register(commands: readonly UserCommand[]): () => void {
    for (const command of commands) this.#commands.set(command.id, command);
    this.#tell();
    return () => {
      for (const command of commands)
        if (this.#commands.get(command.id) === command) this.#commands.delete(command.id);
      this.#tell();
    };
  }

  all(): UserCommand[] {
    return [...this.#commands.values()];
  }

  keysOf(command: UserCommand): readonly string[] {
    return this.#bindings.get(command.id) ?? command.keys ?? [];
  }

  /** Gives a command other keys; undefined brings the default back. */
  bind(id: string, keys: readonly string[] | undefined): void {
    if (keys === undefined) this.#bindings.delete(id);
    else this.#bindings.set(id, keys);
    this.#tell();
  }

  bindings(): Record<string, readonly string[]> {
    return Object.fromEntries(this.#bindings);
  }

  /** Other commands that have one of these keys. */
  conflicts(id: string, keys: readonly string[]): UserCommand[] {
    return this.all().filter(
      (other) => other.id !== id && this.keysOf(other).some((key) => keys.includes(key)),
    );
  }

  /** The enabled command of a key, or 'prefix' when a longer sequence begins with it. */
  find(sequence: string): UserCommand | 'prefix' | undefined {
    const enabled = this.all().filter((command) => command.enabled?.() !== false);
    // The latest registered wins: a view's key goes before the shell's.
    const exact = enabled.findLast((command) => this.keysOf(command).includes(sequence));
    if (exact) return exact;
    return enabled.some((command) => this.keysOf(command).some((key) => key.startsWith(`${sequence} `)))
      ? 'prefix'
      : undefined;
  }

  onChange(listener: () => void): () => void {
    this.#changed.add(listener);
    return () => void this.#changed.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#changed) listener();
  }
}

/** Commands whose title holds all typed words, those that begin with them first. */
export function searchCommands(commands: readonly UserCommand[], typed: string): UserCommand[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const text = (command: UserCommand): string => `${command.title} ${command.group}`.toLowerCase();
  return commands
    .filter((command) => words.every((word) => text(command).includes(word)))
    .sort((a, b) => Number(text(b).startsWith(words[0] ?? '')) - Number(text(a).startsWith(words[0] ?? '')));
}
