import { Option } from 'commander';
import { ENGINES } from '../engine/devices.ts';
import type { DeviceChoice, EngineChoice } from '../engine/types.ts';
import { wordOption } from './selection.ts';

/** What '--device' takes. */
export const DEVICES = [
  'auto',
  'cpu',
  'webgpu',
  'cuda',
  'dml',
  'coreml',
] as const satisfies readonly DeviceChoice[];

/** '--device', in every command that runs networks. @param use what it is for, if not for everything */
export const deviceOption = (use?: string): Option =>
  new Option('--device <D>', `${use === undefined ? '' : `for ${use}: `}${DEVICES.join(', ')}`).default(
    'auto',
  );

/** '--engine', beside '--device'. */
export const engineOption = (): Option =>
  new Option(
    '--engine <E>',
    "who runs it: 'ort' (ONNX Runtime), 'tfjs' (TensorFlow.js), 'auto' (tfjs only for a GPU that ort cannot use)",
  ).default('auto');

/** Device and engine that the options say. @throws UsageFault for a word that is none */
export const deviceOf = (
  options: Readonly<Record<string, unknown>>,
): { device: DeviceChoice; engine: EngineChoice } => ({
  device: wordOption(options.device, '--device', DEVICES),
  engine: wordOption(options.engine, '--engine', ENGINES),
});
