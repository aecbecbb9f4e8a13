import type { WorkOptions } from '../foundation/progress.ts';

/** A dense tensor as it crosses boundaries. `bool` is carried as Uint8Array of 0 and 1. */
export interface Tensor {
  type: 'float32' | 'float64' | 'int32' | 'int64' | 'uint8' | 'int8' | 'bool';
  dims: readonly number[];
  data: Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array | Int8Array;
}

export type DeviceId = 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';

/** ONNX Runtime, or TensorFlow.js behind an interpreter of ONNX operators. */
export type EngineId = 'ort' | 'tfjs';

/** 'auto' takes ONNX Runtime, and TensorFlow.js only where that brings the one GPU that can run. */
export type EngineChoice = 'auto' | EngineId;

/** 'auto' takes the first device of the platform's order whose probe succeeded. */
export type DeviceChoice = 'auto' | DeviceId;

/** What the probe of one device found. */
export interface DeviceReport {
  id: DeviceId;
  /** Who would run networks there. */
  engine: EngineId;
  /** As shown to people: 'CPU, 2 threads', 'WebGPU (Vulkan): NVIDIA H200'. */
  name: string;
  usable: boolean;
  /** Why it is usable or not, as a sentence: never empty. */
  reason: string;
}

/** Which device runs, and why not another: 'CPU, 2 threads (WebGPU: no adapter was found)'. */
export interface Placement {
  device: DeviceId;
  engine: EngineId;
  name: string;
  /** The spoken reason. */
  reason: string;
}

export interface SessionInput {
  name: string;
  type: Tensor['type'];
  /** −1 for a dimension that is free. */
  dims: readonly number[];
}

/** A loaded graph on a device. */
export interface Session {
  readonly placement: Placement;
  readonly inputs: readonly SessionInput[];
  readonly outputs: readonly string[];
  /** Runs the graph; `wanted` limits the outputs that are computed and read back. */
  run(feeds: Readonly<Record<string, Tensor>>, wanted?: readonly string[]): Promise<Record<string, Tensor>>;
  dispose(): Promise<void>;
}

/** A value that one run of a graph gives and the next run takes: a parameter, a momentum. float32. */
export interface ResidentValue {
  /** Name of the input that takes it. */
  input: string;
  /** Name of the output that gives it anew, of the same shape. */
  output: string;
  dims: readonly number[];
  initial: Float32Array;
}

/**
 * A graph that is run again and again on values which it changes itself: a training step. The values stay where it
 * runs: on the CPU in two sets of buffers that change places at every run, on WebGPU in the GPU's memory. Other GPU
 * providers of ONNX Runtime are given copies at every run and give copies back.
 */
export interface ResidentSession {
  readonly placement: Placement;
  /** Runs once. @returns the outputs that are no resident values. After a run that fails the values are as before. */
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  /** Copies of resident values, by the names of their inputs. */
  read(names?: readonly string[]): Promise<Record<string, Float32Array>>;
  /** Replaces resident values. @throws Fault for a name or a length that does not fit */
  write(values: Readonly<Record<string, Float32Array>>): Promise<void>;
  dispose(): Promise<void>;
}

export interface OpenOptions {
  device?: DeviceChoice;
  /** Threads of one operator on ONNX Runtime's CPU; the default is the number of physical cores. */
  threads?: number;
}

/** What runs networks inside the engine process: the adapters of ONNX Runtime and TensorFlow.js behind one choice. */
export interface Engine {
  devices(): Promise<DeviceReport[]>;
  /** Where a graph is opened that is asked for so, if it can be loaded there. */
  place(device: DeviceChoice): Promise<Placement>;
  /** @param model path of an ONNX file, or its bytes. */
  open(model: string | Uint8Array, options?: OpenOptions): Promise<Session>;
  /** Opens a graph whose `values` stay where it runs. @throws Fault where the graph does not take or give one of them */
  openResident(
    model: string | Uint8Array,
    values: readonly ResidentValue[],
    options?: OpenOptions,
  ): Promise<ResidentSession>;
}

/**
 * What a task sees inside the engine process. A task is a module in core/ that exports `default` a
 * `Task`; the engine process imports it by URL, so that core/engine need not know what tasks there are.
 */
export interface TaskContext {
  engine: Engine;
  signal: AbortSignal;
  progress: NonNullable<WorkOptions['onProgress']>;
  /**
   * Hands a finished part to the client (its `onPart`), which commits it; after a crash the job is asked for again
   * with what is left. Resolves when the client has accepted it (back-pressure).
   */
  part(value: unknown): Promise<void>;
}

export type Task<Input = unknown, Output = unknown> = (input: Input, context: TaskContext) => Promise<Output>;

export interface TaskOptions extends WorkOptions {
  onPart?: (value: never) => void | Promise<void>;
}

/** The host's side of the engine process. Started on first use; serialises tasks. */
export interface EngineClient {
  devices(): Promise<DeviceReport[]>;
  /**
   * Runs the task module at `url` (file: URL inside core/). Rejects with `Cancelled` when the signal aborts, with
   * `EngineCrash` when the process died (its `exit` says how); the next call starts a new process.
   */
  run<Input, Output>(url: URL, input: Input, options?: TaskOptions): Promise<Output>;
  close(): Promise<void>;
}
