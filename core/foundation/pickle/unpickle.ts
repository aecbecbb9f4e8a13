import { Fault } from '../fault.ts';
import {
  type Allowed,
  type ConstructionSite,
  isBuildable,
  PickleGlobal,
  PLAIN,
  SET_STATE,
} from './constructors.ts';
import { Cursor, latin1 } from './cursor.ts';
import { decimal, decimalFloat, quoted, rawUnicode, twosComplement, utf8 } from './literals.ts';

export interface UnpickleOptions {
  /** The file, for messages. */
  origin: string;
  /** Where the pickle begins. */
  at?: number;
  /** Names that may be used beside Python's plain containers. */
  allowed?: Allowed;
  /** What stands for a persistent id; a pickle that has one is refused where this is missing. */
  persistent?(id: unknown): unknown;
  /** What Python 2's str becomes: its bytes, or text of the same numbers. 'text' if left out. */
  python2?: 'bytes' | 'text';
}

export interface Unpickled {
  /**
   * None is null; lists and tuples are arrays; dicts are Maps; sets are Sets; bytes are views of the input; integers are
   * numbers where these are exact, else bigints; all else is what its constructor gave.
   */
  value: unknown;
  /** The byte after the pickle's end. */
  end: number;
}

/** Instructions of one pickle: a checkpoint has thousands, a verification set of 14,000 pictures 60,000. */
const MOST_STEPS = 4_000_000;
/** What constructors may copy, in bytes or items, beyond the size of the input itself. */
const ALLOWANCE = 64 << 20;

/** Marks where the arguments of a list, tuple or dict begin. */
const MARK = Symbol('mark');

/**
 * Reads one Python pickle (protocols 0 to 5, Python 2's too) as plain data. Nothing is executed: a global is a name that
 * is looked up in an allow-list of constructors written here, and any other name is a Fault that says it. Work and memory
 * are bounded by the input's size; nesting costs no stack.
 * @throws Fault for a name that is not allowed, and for damaged or cut bytes
 */
export function unpickle(bytes: Uint8Array, options: UnpickleOptions): Unpickled {
  return new Machine(bytes, options).run();
}

class Machine implements ConstructionSite {
  readonly origin: string;
  readonly #cursor: Cursor;
  readonly #options: UnpickleOptions;
  readonly #stack: unknown[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  #budget: number;

  constructor(bytes: Uint8Array, options: UnpickleOptions) {
    this.origin = options.origin;
    this.#options = options;
    this.#cursor = new Cursor(bytes, options.at ?? 0, options.origin);
    this.#budget = 4 * bytes.byteLength + ALLOWANCE;
  }

  spend = (units: number): void => {
    this.#budget -= units;
    if (this.#budget < 0) {
      throw new Fault(`'${this.origin}' holds a pickle that unfolds into far more than its own size.`);
    }
  };

  run(): Unpickled {
    const cursor = this.#cursor;
    for (let step = 0; step < MOST_STEPS; step++) {
      const at = cursor.at;
      const code = cursor.uint8();
      if (code === STOP) {
        const value = this.#pop();
        return { value, end: cursor.at };
      }
      const operation = OPERATIONS[code];
      if (operation === undefined) {
        throw cursor.fault(`the unknown instruction 0x${code.toString(16).padStart(2, '0')}`, at);
      }
      operation(this, cursor);
    }
    throw new Fault(`'${this.origin}' holds a pickle of more than ${MOST_STEPS} instructions.`);
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
    this.#stack.push(MARK);
  }

  #pop(): unknown {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw this.#cursor.fault('a value is missing');
    return value;
  }

  pop(): unknown {
    return this.#pop();
  }

  /** What POP drops: a value, or a mark. */
  drop(): void {
    if (this.#stack.at(-1) === MARK) this.#marks.pop();
    if (this.#stack.pop() === undefined) throw this.#cursor.fault('a value is missing');
  }

  top(): unknown {
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw this.#cursor.fault('a value is missing');
    return value;
  }

  /** Everything since the last mark. */
  marked(): unknown[] {
    const at = this.#marks.pop();
    if (at === undefined) throw this.#cursor.fault('a mark is missing');
    const values = this.#stack.splice(at);
    values.shift();
    return values;
  }

  put(index: number | bigint): void {
    this.#memo.set(Number(index), this.top());
  }

  memoize(): void {
    this.#memo.set(this.#memo.size, this.top());
  }

  get(index: number | bigint): void {
    const value = this.#memo.get(Number(index));
    if (value === undefined) throw this.#cursor.fault(`the memo ${index}, which was never set,`);
    this.push(value);
  }

  python2(bytes: Uint8Array): void {
    this.push(this.#options.python2 === 'bytes' ? bytes : latin1(bytes));
  }

  append(values: readonly unknown[]): void {
    const list = this.top();
    if (list instanceof Set) for (const value of values) list.add(value);
    else if (Array.isArray(list)) for (const value of values) list.push(value);
    else throw this.#cursor.fault('an item for what is no list');
  }

  setItems(values: readonly unknown[], map: unknown = this.top()): void {
    if (!(map instanceof Map)) throw this.#cursor.fault('an entry for what is no dictionary');
    if (values.length % 2 !== 0) throw this.#cursor.fault('a key without a value');
    for (let i = 0; i < values.length; i += 2) map.set(values[i], values[i + 1]);
  }

  global(module: unknown, name: unknown): void {
    const full = `${String(module)}.${String(name)}`;
    const allowed = this.#options.allowed?.get(full) ?? PLAIN.get(full);
    if (allowed === undefined) {
      throw new Fault(
        `'${this.origin}' wants to use Python's '${full.slice(0, 200)}', which is not allowed: only plain data, tensors and arrays are read, and nothing is executed.`,
      );
    }
    this.push('fixed' in allowed ? allowed.fixed : new PickleGlobal(full, allowed.construct));
  }

  call(callee: unknown, args: unknown): void {
    if (!(callee instanceof PickleGlobal)) throw this.#cursor.fault('a call of what is no name');
    if (callee.construct === undefined) {
      throw new Fault(`'${this.origin}' wants to call Python's '${callee.name}', which is not allowed.`);
    }
    if (!Array.isArray(args)) throw this.#cursor.fault('arguments that are no tuple');
    this.push(callee.construct(args, this));
  }

  build(): void {
    const state = this.#pop();
    const target = this.top();
    if (isBuildable(target)) target[SET_STATE](state, this);
    // Attributes of a dictionary (a state_dict's `_metadata`) say nothing of its entries.
    else if (!(target instanceof Map)) throw this.#cursor.fault('a state for an object that takes none');
  }

  persistent(id: unknown): void {
    const { persistent } = this.#options;
    if (persistent === undefined) {
      throw new Fault(`'${this.origin}' refers to an object outside itself, which is not allowed here.`);
    }
    this.push(persistent(id));
  }

  refuse(what: string): never {
    throw new Fault(`'${this.origin}' uses ${what}, which is not supported in files.`);
  }
}

const STOP = 0x2e;

type Operation = (machine: Machine, cursor: Cursor) => void;

const code = (letter: string): number => letter.charCodeAt(0);
const pair = (machine: Machine): [unknown, unknown] => {
  const second = machine.pop();
  return [machine.pop(), second];
};
const tupleOf =
  (size: number): Operation =>
  (machine) => {
    const values: unknown[] = [];
    for (let i = 0; i < size; i++) values.unshift(machine.pop());
    machine.push(values);
  };
const pushing =
  (value: unknown): Operation =>
  (machine) =>
    machine.push(value);

const entries: [number, Operation][] = [
  // Frames
  [0x80, (_, cursor) => checkProtocol(cursor)],
  [0x95, (_, cursor) => void cursor.length64()],
  [code('('), (machine) => machine.mark()],
  [code('0'), (machine) => machine.drop()],
  [code('1'), (machine) => void machine.marked()],
  [code('2'), (machine) => machine.push(machine.top())],

  // Numbers and constants
  [code('N'), pushing(null)],
  [0x88, pushing(true)],
  [0x89, pushing(false)],
  [
    code('I'),
    (machine, cursor) => {
      const line = cursor.line();
      machine.push(line === '00' ? false : line === '01' ? true : decimal(line, cursor));
    },
  ],
  [code('L'), (machine, cursor) => machine.push(decimal(cursor.line(), cursor))],
  [code('J'), (machine, cursor) => machine.push(cursor.int32())],
  [code('K'), (machine, cursor) => machine.push(cursor.uint8())],
  [code('M'), (machine, cursor) => machine.push(cursor.uint16())],
  [0x8a, (machine, cursor) => machine.push(twosComplement(cursor.take(cursor.uint8()), cursor))],
  [0x8b, (machine, cursor) => machine.push(twosComplement(cursor.take(cursor.int32()), cursor))],
  [code('F'), (machine, cursor) => machine.push(decimalFloat(cursor.line(), cursor))],
  [code('G'), (machine, cursor) => machine.push(cursor.float64BigEndian())],

  // Text and bytes
  [code('S'), (machine, cursor) => machine.python2(quoted(cursor.line(), cursor))],
  [code('T'), (machine, cursor) => machine.python2(cursor.take(cursor.int32()))],
  [code('U'), (machine, cursor) => machine.python2(cursor.take(cursor.uint8()))],
  [code('V'), (machine, cursor) => machine.push(rawUnicode(cursor.line(), cursor))],
  [code('X'), (machine, cursor) => machine.push(utf8(cursor.take(cursor.uint32())))],
  [0x8c, (machine, cursor) => machine.push(utf8(cursor.take(cursor.uint8())))],
  [0x8d, (machine, cursor) => machine.push(utf8(cursor.take(cursor.length64())))],
  [code('B'), (machine, cursor) => machine.push(cursor.take(cursor.uint32()))],
  [code('C'), (machine, cursor) => machine.push(cursor.take(cursor.uint8()))],
  [0x8e, (machine, cursor) => machine.push(cursor.take(cursor.length64()))],
  [0x96, (machine, cursor) => machine.push(cursor.take(cursor.length64()))],

  // Containers
  [code(']'), (machine) => machine.push([])],
  [code(')'), (machine) => machine.push([])],
  [code('}'), (machine) => machine.push(new Map())],
  [0x8f, (machine) => machine.push(new Set())],
  [code('l'), (machine) => machine.push(machine.marked())],
  [code('t'), (machine) => machine.push(machine.marked())],
  [0x85, tupleOf(1)],
  [0x86, tupleOf(2)],
  [0x87, tupleOf(3)],
  [
    code('d'),
    (machine) => {
      const map = new Map();
      machine.setItems(machine.marked(), map);
      machine.push(map);
    },
  ],
  [0x91, (machine) => machine.push(new Set(machine.marked()))],
  [
    code('a'),
    (machine) => {
      const value = machine.pop();
      machine.append([value]);
    },
  ],
  [
    code('e'),
    (machine) => {
      const values = machine.marked();
      machine.append(values);
    },
  ],
  [
    code('s'),
    (machine) => {
      const values = pair(machine);
      machine.setItems(values);
    },
  ],
  [
    code('u'),
    (machine) => {
      const values = machine.marked();
      machine.setItems(values);
    },
  ],
  [
    0x90,
    (machine) => {
      const values = machine.marked();
      machine.append(values);
    },
  ],

  // Memo
  [code('p'), (machine, cursor) => machine.put(decimal(cursor.line(), cursor))],
  [code('q'), (machine, cursor) => machine.put(cursor.uint8())],
  [code('r'), (machine, cursor) => machine.put(cursor.uint32())],
  [0x94, (machine) => machine.memoize()],
  [code('g'), (machine, cursor) => machine.get(decimal(cursor.line(), cursor))],
  [code('h'), (machine, cursor) => machine.get(cursor.uint8())],
  [code('j'), (machine, cursor) => machine.get(cursor.uint32())],

  // Names and objects
  [
    code('c'),
    (machine, cursor) => {
      const module = cursor.line();
      machine.global(module, cursor.line());
    },
  ],
  [0x93, (machine) => machine.global(...pair(machine))],
  [code('R'), (machine) => machine.call(...pair(machine))],
  [0x81, (machine) => machine.call(...pair(machine))],
  [
    0x92,
    (machine) => {
      const named = machine.pop();
      if (!(named instanceof Map) || named.size > 0) machine.refuse('constructors with named arguments');
      machine.call(...pair(machine));
    },
  ],
  [
    code('o'),
    (machine) => {
      const [callee, ...args] = machine.marked();
      machine.call(callee, args);
    },
  ],
  [
    code('i'),
    (machine, cursor) => {
      const module = cursor.line();
      const name = cursor.line();
      const args = machine.marked();
      machine.global(module, name);
      machine.call(machine.pop(), args);
    },
  ],
  [code('b'), (machine) => machine.build()],
  [code('P'), (machine, cursor) => machine.persistent(cursor.line())],
  [code('Q'), (machine) => machine.persistent(machine.pop())],

  // What has no meaning in a file
  [0x82, (machine) => machine.refuse("Python's extension registry")],
  [0x83, (machine) => machine.refuse("Python's extension registry")],
  [0x84, (machine) => machine.refuse("Python's extension registry")],
  [0x97, (machine) => machine.refuse('buffers that are kept outside it')],
  // READONLY_BUFFER changes how Python may use the bytes on top, not the bytes.
  [0x98, (machine) => void machine.top()],
];
const OPERATIONS: readonly (Operation | undefined)[] = Array.from({ length: 256 }, (_, at) =>
  new Map(entries).get(at),
);

function checkProtocol(cursor: Cursor): void {
  const version = cursor.uint8();
  if (version > 5) {
    throw new Fault(`'${cursor.origin}' is a pickle of protocol ${version}; allowed: 0 to 5.`);
  }
}
