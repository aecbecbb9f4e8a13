import type { CommandRegistry } from './commands.ts';

/** The part of a keyboard event that names a key. */
export type KeyPress = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

const NAMED: Readonly<Record<string, string>> = {
  ' ': 'space',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Escape: 'esc',
};

/** 'mod+shift+z', 'a', '?', 'left'. Shift is named for letters and named keys; for '?' it is part of the sign. */
export function keyName(press: KeyPress, mac: boolean): string | undefined {
  const { key } = press;
  if (['Control', 'Meta', 'Shift', 'Alt', 'Dead'].includes(key)) return undefined;
  const name = NAMED[key] ?? key.toLowerCase();
  const shift = press.shiftKey && (name.length > 1 || name !== name.toUpperCase());
  const mod = mac ? press.metaKey : press.ctrlKey;
  const other = mac ? press.ctrlKey : press.metaKey;
  return [mod && 'mod', other && (mac ? 'ctrl' : 'meta'), press.altKey && 'alt', shift && 'shift', name]
    .filter(Boolean)
    .join('+');
}

/** How a key reads on screen: '⌘Z' or 'Ctrl+Z'. */
export function keyLabel(keys: string, mac: boolean): string {
  const sign: Readonly<Record<string, string>> = mac
    ? { mod: '⌘', shift: '⇧', alt: '⌥', ctrl: '⌃' }
    : { mod: 'Ctrl', shift: 'Shift', alt: 'Alt', meta: 'Meta' };
  const arrows: Readonly<Record<string, string>> = {
    left: '←',
    right: '→',
    up: '↑',
    down: '↓',
    space: 'Space',
    esc: 'Esc',
    enter: 'Enter',
  };
  return keys
    .split(' ')
    .map((press) =>
      press
        .split('+')
        .map((part) => sign[part] ?? arrows[part] ?? part.toUpperCase())
        .join(mac ? '' : '+'),
    )
    .join(' then ');
}

const SEQUENCE_MS = 1200;

/** Turns key presses into commands, also two-key sequences ('g m'). */
export class KeyDispatcher {
  readonly #registry: CommandRegistry;
  readonly #mac: boolean;
  readonly #now: () => number;
  #begun = '';
  #at = Number.NEGATIVE_INFINITY;

  constructor(registry: CommandRegistry, mac: boolean, now: () => number = () => performance.now()) {
    this.#registry = registry;
    this.#mac = mac;
    this.#now = now;
  }

  /** True when the press was used: the caller then keeps the browser from using it too. `typing`: the focus is in a text field. */
  press(press: KeyPress, typing: boolean): boolean {
    const name = keyName(press, this.#mac);
    if (name === undefined) return false;
    // Inside a text field only keys with a modifier, and Escape, are commands.
    if (typing && !/^(mod|ctrl|meta|alt)\+/.test(name) && name !== 'esc') return false;
    const now = this.#now();
    const sequence = this.#begun !== '' && now - this.#at < SEQUENCE_MS ? `${this.#begun} ${name}` : name;
    const found =
      this.#registry.find(sequence) ?? (sequence === name ? undefined : this.#registry.find(name));
    this.#begun = '';
    if (found === undefined) return false;
    if (found === 'prefix') {
      this.#begun = sequence;
      this.#at = now;
    } else {
      found.run();
    }
    return true;
  }
}
