import { Fault } from '../../foundation/fault.ts';
import {
  type Allowed,
  type AllowedGlobal,
  type Buildable,
  type Construct,
  PickleGlobal,
  SET_STATE,
  textOf,
} from '../../foundation/pickle/constructors.ts';
import { NUMPY } from '../../foundation/pickle/numpy.ts';
import { TORCH_TYPES, type TorchType } from './element-types.ts';
import { TorchStorage, TorchTensor } from './torch-tensor.ts';

/** A type that a pickle names as a value: 'torch.float32'. */
export class TorchTypeName {
  readonly type: TorchType;

  constructor(type: TorchType) {
    this.type = type;
  }
}

const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : [Number.NaN]);

/** `_rebuild_tensor(storage, offset, size, stride)`; version 2 adds what only training needs, version 3 the type. */
const rebuild: Construct = ([storage, offset, size, stride, , , type], { origin, spend }) => {
  if (!(storage instanceof TorchStorage)) throw new Fault(`'${origin}' builds a tensor without a storage.`);
  const own = type instanceof TorchTypeName ? type.type : storage.type;
  if (own === undefined) throw new Fault(`'${origin}' builds a tensor without a type.`);
  const shape = numbers(size);
  spend(shape.length);
  return new TorchTensor(storage, own, Number(offset), shape, numbers(stride), origin);
};

const parameter: Construct = ([tensor], { origin }) => {
  if (!(tensor instanceof TorchTensor)) throw new Fault(`'${origin}' builds a parameter of no tensor.`);
  return tensor;
};

/** `_rebuild_from_type_v2(function, class, args, state)`: a tensor with attributes, which are dropped. */
const fromType: Construct = ([rebuilder, , args], site) => {
  if (!(rebuilder instanceof PickleGlobal) || !TENSOR_BUILDERS.has(rebuilder.name)) {
    throw new Fault(`'${site.origin}' builds a tensor with a function that is not allowed.`);
  }
  return rebuilder.construct?.(Array.isArray(args) ? args : [], site) ?? null;
};

/** What a training's settings are kept in: read as a dictionary of its attributes or entries. */
class Settings extends Map<unknown, unknown> implements Buildable {
  [SET_STATE](state: unknown): void {
    // Objects with slots give a pair: the attributes, and the slots.
    for (const part of Array.isArray(state) ? state : [state]) {
      if (part instanceof Map) for (const [name, value] of part) this.set(name, value);
    }
  }
}

/** Classes of settings that training code puts beside its weights; nothing of them is run. */
const SETTINGS = [
  ...['argparse.Namespace', 'types.SimpleNamespace', 'easydict.EasyDict', 'addict.addict.Dict'],
  ...['yacs.config.CfgNode', 'fvcore.common.config.CfgNode', 'mmengine.config.config.ConfigDict'],
  'pytorch_lightning.utilities.parsing.AttributeDict',
  'lightning.pytorch.utilities.parsing.AttributeDict',
  'lightning_fabric.utilities.data.AttributeDict',
  'lightning.fabric.utilities.data.AttributeDict',
];
const path: Construct = (parts) => parts.map((part) => textOf(part) ?? '').join('/');
const PATHS = ['PosixPath', 'WindowsPath', 'PurePosixPath', 'PureWindowsPath', 'Path'];

const size: Construct = ([items]) => (Array.isArray(items) ? items : []);
const device: Construct = (args) => args.map((part) => textOf(part) ?? String(part)).join(':');

const rebuilders: readonly [string, Construct][] = [
  [
    'torch._utils._rebuild_tensor',
    ([storage, offset, ...rest], site) => rebuild([storage, offset, rest[0], rest[1]], site),
  ],
  [
    'torch._utils._rebuild_tensor_v2',
    ([storage, offset, ...rest], site) => rebuild([storage, offset, rest[0], rest[1]], site),
  ],
  ['torch._utils._rebuild_tensor_v3', rebuild],
  ['torch._utils._rebuild_parameter', parameter],
  ['torch._utils._rebuild_parameter_with_state', parameter],
];
const TENSOR_BUILDERS: ReadonlySet<string> = new Set(rebuilders.map(([name]) => name));

/** Storage without a type, as versions of PyTorch name it. */
const UNTYPED = ['torch.UntypedStorage', 'torch.storage.UntypedStorage', 'torch.storage._UntypedStorage'];

const TYPE_OF_STORAGE: ReadonlyMap<string, TorchType | undefined> = new Map([
  ...Object.entries(TORCH_TYPES).map(([type, { storage }]): [string, TorchType] => [
    `torch.${storage}`,
    type as TorchType,
  ]),
  ...UNTYPED.map((name): [string, undefined] => [name, undefined]),
]);

/** The element type of a storage class that a persistent id names. @throws Fault for other names */
export function typeOfStorage(value: unknown, origin: string): TorchType | undefined {
  const name = value instanceof PickleGlobal ? value.name : '';
  if (!TYPE_OF_STORAGE.has(name)) {
    throw new Fault(
      `'${origin}' keeps tensors in '${name || String(value)}', which is no storage that is read here.`,
    );
  }
  return TYPE_OF_STORAGE.get(name);
}

/** The names that checkpoints of PyTorch need, NumPy's included (metrics are often NumPy numbers). */
export const TORCH: Allowed = new Map<string, AllowedGlobal>([
  ...NUMPY,
  ...rebuilders.map(([name, construct]): [string, AllowedGlobal] => [name, { construct }]),
  ['torch._tensor._rebuild_from_type_v2', { construct: fromType }],
  ...[...TYPE_OF_STORAGE.keys()].map((name): [string, AllowedGlobal] => [name, {}]),
  ...(Object.keys(TORCH_TYPES) as TorchType[]).map((type): [string, AllowedGlobal] => [
    `torch.${type}`,
    { fixed: new TorchTypeName(type) },
  ]),
  ...SETTINGS.map((name): [string, AllowedGlobal] => [name, { construct: () => new Settings() }]),
  ...PATHS.flatMap((name) =>
    ['pathlib', 'pathlib._local'].map((module): [string, AllowedGlobal] => [
      `${module}.${name}`,
      { construct: path },
    ]),
  ),
  ['torch.Tensor', {}],
  ['torch.nn.parameter.Parameter', {}],
  ['torch.Size', { construct: size }],
  ['torch.device', { construct: device }],
]);
