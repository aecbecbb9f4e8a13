import { Fault } from '../fault.ts';
import { latin1 } from './cursor.ts';

/** What constructors are given beside their arguments. */
export interface ConstructionSite {
  readonly origin: string;
  /**
   * Takes `units` (bytes, items) from what the pickle may still allocate beyond its own size: one memoised megabyte that
   * is built a thousand times must not become a gigabyte. @throws Fault when nothing is left
   */
  spend(units: number): void;
}

/** Gives the plain value that stands for a Python object. @throws Fault for arguments that no writer gives */
export type Construct = (args: readonly unknown[], site: ConstructionSite) => unknown;

/**
 * A name that a pickle may use. With `construct` it may be called; without, it is only a datum ('torch.float32' as a
 * storage's type). `fixed` is a value that takes the name's place.
 */
export interface AllowedGlobal {
  construct?: Construct;
  fixed?: unknown;
}

export type Allowed = ReadonlyMap<string, AllowedGlobal>;

/** A name on the unpickler's stack. */
export class PickleGlobal {
  readonly name: string;
  readonly construct: Construct | undefined;

  constructor(name: string, construct?: Construct) {
    this.name = name;
    this.construct = construct;
  }
}

/** The state that BUILD sets on an object which takes one. */
export const SET_STATE: unique symbol = Symbol('set state');

export interface Buildable {
  [SET_STATE](state: unknown, site: ConstructionSite): void;
}

export const isBuildable = (value: unknown): value is Buildable =>
  typeof value === 'object' && value !== null && SET_STATE in value;

function listOf(value: unknown, name: string, { origin, spend }: ConstructionSite): readonly unknown[] {
  if (value === undefined) return [];
  if (value instanceof Set) return listOf([...value], name, { origin, spend });
  if (!Array.isArray(value)) throw new Fault(`'${origin}' builds a ${name} from what is no list.`);
  spend(value.length);
  return value;
}

/** `_codecs.encode(text, 'latin1')`: how protocol 2 keeps bytes. */
const encode: Construct = ([text, encoding = 'utf-8'], { origin, spend }) => {
  if (typeof text !== 'string') throw new Fault(`'${origin}' encodes what is no text.`);
  spend(text.length);
  const name = String(encoding).toLowerCase().replaceAll(/[-_ ]/g, '');
  if (['latin1', 'iso88591', 'l1', 'ascii'].includes(name))
    return Uint8Array.from(Buffer.from(text, 'latin1'));
  if (name === 'utf8') return Uint8Array.from(Buffer.from(text, 'utf8'));
  throw new Fault(`'${origin}' encodes text as '${String(encoding)}'; allowed: latin1, utf-8.`);
};

/** `bytes()` and `bytearray()` in the forms that pickling gives. */
const bytes: Construct = (args, site) => {
  const [value] = args;
  if (value === undefined) return new Uint8Array(0);
  if (value instanceof Uint8Array) {
    site.spend(value.byteLength);
    return Uint8Array.from(value);
  }
  if (typeof value === 'string') return encode(args, site);
  return Uint8Array.from(listOf(value, 'bytes', site), Number);
};

/** `OrderedDict()`, `OrderedDict([[key, value], …])`, `dict(…)`. */
const dictionary: Construct = ([items], site) => {
  if (items instanceof Map) {
    site.spend(items.size);
    return new Map(items);
  }
  const made = new Map<unknown, unknown>();
  for (const item of listOf(items, 'dictionary', site)) {
    if (!Array.isArray(item) || item.length !== 2) {
      throw new Fault(`'${site.origin}' builds a dictionary from what is no list of pairs.`);
    }
    made.set(item[0], item[1]);
  }
  return made;
};

/** `defaultdict(factory)`: its factory is dropped. */
const defaultDictionary: Construct = ([, ...rest], site) => dictionary(rest, site);

const BUILTINS: Readonly<Record<string, AllowedGlobal>> = {
  list: { construct: ([items], site) => [...listOf(items, 'list', site)] },
  tuple: { construct: ([items], site) => [...listOf(items, 'tuple', site)] },
  set: { construct: ([items], site) => new Set(listOf(items, 'set', site)) },
  frozenset: { construct: ([items], site) => new Set(listOf(items, 'set', site)) },
  dict: { construct: dictionary },
  bytes: { construct: bytes },
  bytearray: { construct: bytes },
  complex: { construct: ([re = 0, im = 0]) => ({ re: Number(re), im: Number(im) }) },
  // Named, never called: the factories of defaultdicts.
  int: {},
  long: {},
  float: {},
  str: {},
  bool: {},
};

/** What Python's own pickles need: containers and bytes as plain data. Nothing here reaches the outside. */
export const PLAIN: Allowed = new Map<string, AllowedGlobal>([
  ['collections.OrderedDict', { construct: dictionary }],
  ['collections.defaultdict', { construct: defaultDictionary }],
  ['_codecs.encode', { construct: encode }],
  ...['builtins', '__builtin__'].flatMap((module) =>
    Object.entries(BUILTINS).map(([name, allowed]): [string, AllowedGlobal] => [
      `${module}.${name}`,
      allowed,
    ]),
  ),
]);

/** Text of a value that is text or bytes; undefined for others. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? latin1(value) : undefined;
}
