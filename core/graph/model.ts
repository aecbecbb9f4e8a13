import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { diskFault, Fault, sentenceOf } from '../foundation/fault.ts';
import { writeWhole } from '../foundation/whole.ts';
import { Graph } from './graph.ts';
import { decodeModel, encodeModel, type ModelMessage, replaced, toInt64, toNumber } from './messages.ts';

/** The opset that graphs built here declare; every operator used by the builder exists in it unchanged up to 25. */
export const OPSET = 17;
const IR_VERSION = 8;
/** Protobuf messages end below 2 GiB. */
const MESSAGE_LIMIT = 2 ** 31 - 1;

/** An ONNX model in memory. Reading and writing it loses nothing: functions, training information, metadata stay. */
export class Model {
  readonly graph: Graph;
  /** Version of each operator set by domain; '' is ONNX's own. */
  readonly opsets: Map<string, number>;
  /** Operators that the file defines itself, as 'domain.name'. */
  readonly functions: ReadonlySet<string>;
  /** Where it came from, for messages. */
  readonly origin: string;
  readonly #source: ModelMessage;

  constructor(graph: Graph, source: ModelMessage = {}, origin = graph.name) {
    this.graph = graph;
    this.origin = origin;
    this.#source = source;
    this.opsets = new Map(
      (source.opsetImport ?? [{ version: OPSET }]).map(({ domain, version }) => [
        domain === 'ai.onnx' ? '' : (domain ?? ''),
        toNumber(version ?? 1),
      ]),
    );
    this.functions = new Set(
      (source.functions ?? []).map(({ domain, name }) => `${domain ?? ''}.${name ?? ''}`),
    );
  }

  /** @param folder where external data lies. @throws Fault for bytes that are no whole model. */
  static decode(bytes: Uint8Array, origin = 'bytes', folder?: string): Model {
    const source = decodeModel(bytes, origin);
    return new Model(Graph.read(source.graph ?? {}, folder), source, origin);
  }

  /** @throws Fault for a file that cannot be read or is no whole model. */
  static read(path: string): Model {
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(path);
    } catch (thrown) {
      throw (
        diskFault(thrown, path, 'read') ??
        new Fault(`The model '${path}' cannot be read: ${sentenceOf(thrown)}.`)
      );
    }
    return Model.decode(bytes, path, dirname(path));
  }

  /** Version of ONNX's own operator set. */
  get opset(): number {
    return this.opsets.get('') ?? 1;
  }

  /** The program that wrote it; '' where it does not say. */
  get producer(): string {
    return this.#source.producerName ?? (this.#source.graph === undefined ? 'visage' : '');
  }

  /** Name and value pairs that the file carries. */
  get metadata(): Map<string, string> {
    return new Map((this.#source.metadataProps ?? []).map(({ key, value }) => [key ?? '', value ?? '']));
  }

  encode(): Uint8Array {
    const graph = this.graph.message();
    const imports = this.#source.opsetImport ?? [];
    const named = new Map(
      imports.map((entry) => [entry.domain === 'ai.onnx' ? '' : (entry.domain ?? ''), entry]),
    );
    return encodeModel(
      replaced(this.#source, {
        irVersion: this.#source.irVersion ?? IR_VERSION,
        producerName: this.#source.producerName ?? 'visage',
        graph,
        opsetImport: [...this.opsets].map(([domain, version]) =>
          replaced(named.get(domain) ?? (domain === '' ? {} : { domain }), { version: toInt64(version) }),
        ),
      }),
    );
  }

  /** An independent copy; weights are shared. */
  copy(): Model {
    const graph = this.graph.message();
    const message = replaced(this.#source, { graph });
    const folder = [...this.graph.initialisers.values()][0]?.folder;
    const made = new Model(Graph.read(graph, folder), message, this.origin);
    for (const [domain, version] of this.opsets) made.opsets.set(domain, version);
    return made;
  }

  /** Takes external data into the model, for writing it elsewhere. @throws Fault when it would pass 2 GiB. */
  inlineExternal(): void {
    let bytes = 0;
    for (const [name, tensor] of this.graph.initialisers) {
      if (!tensor.external) continue;
      const inlined = tensor.inlined();
      bytes += inlined.message.rawData?.byteLength ?? 0;
      if (bytes > MESSAGE_LIMIT) {
        throw new Fault(
          `'${this.origin}' has more than 2 GiB of external data, which one ONNX file cannot hold.`,
        );
      }
      this.graph.initialisers.set(name, inlined);
    }
  }

  /** Writes the file whole or not at all. */
  write(path: string): void {
    writeWhole(path, this.encode());
  }
}
