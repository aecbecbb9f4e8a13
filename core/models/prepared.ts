import type { NetworkPlan } from '../engine/embedding/network.ts';
import type { Preparation } from '../engine/preparation.ts';
import type { Manifest, RoutingLayout } from './manifest.ts';

/** One output of a prepared graph: rows of `dimensions` numbers, or the network's own output as it is. */
export interface PreparedOutput {
  /** Name of the graph output. */
  name: string;
  /** The tap that it is, or the output's own name. */
  tap: string;
  /** Numbers per face; 0 where the graph does not say. */
  dimensions: number;
  /** 'embedding', 'pooled', 'routing', or 'output' for the network's own. */
  kind: string;
  layout?: RoutingLayout;
}

/** A model of a project made ready for the engine: graphs on disk with the wanted outputs and, where it can be, a free batch. */
export interface PreparedModel {
  /** One ONNX file per network; several are run on the same input and their outputs averaged. */
  paths: string[];
  outputs: PreparedOutput[];
  preparation: Preparation;
  inputName: string;
  /** 'free', or the number of faces that one run takes. */
  batch: number | 'free';
  /** Why the batch is what it is, as a sentence. */
  batchReason: string;
  /** Content hash of the model (not of the prepared graph). */
  hash: string;
  manifest: Manifest;
}

export interface PrepareOptions {
  /** Names of the manifest's taps, or of any value of the graph; none: the network's own outputs. */
  taps?: readonly string[];
  /** Rewrite a fixed batch of 1 into a free one where that can be done (default true). */
  freeBatch?: boolean;
}

/** What the engine runs to get the features of a prepared model. @param flip adds those of the mirrored face */
export const networkPlan = (
  { paths, inputName, outputs, preparation, batch }: PreparedModel,
  flip: boolean,
): NetworkPlan => ({
  ...{ paths, inputName, preparation, flip },
  outputs: outputs.map(({ name }) => name),
  graphBatch: batch,
});
