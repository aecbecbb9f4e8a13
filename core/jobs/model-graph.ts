import { join } from 'node:path';
import type { Shape } from '../graph/dimension.ts';
import type { Model } from '../graph/model.ts';
import { readNetwork } from '../models/network-file.ts';
import type { ProjectStore } from '../project/store.ts';
import { refuseHeads } from './heads/stored.ts';

/** A declared input or output of a network. */
export interface GraphEnd {
  name: string;
  type: string;
  shape: Shape | null;
}

/** What a network's file holds, at a glance. */
export interface GraphSummary {
  file: string;
  /** Inputs that are fed: initialisers are left out. */
  inputs: GraphEnd[];
  outputs: GraphEnd[];
  nodes: number;
  /** Operators with how often they stand there, the commonest first; those of other domains as 'domain.Name'. */
  operators: { name: string; count: number }[];
  /** Numbers in floating-point initialisers: the weights. */
  parameters: number;
  opset: number;
  metadata: Record<string, string>;
}

export function summariseGraph(model: Model, file: string): GraphSummary {
  const { graph } = model;
  const counts = new Map<string, number>();
  for (const { opType, domain } of graph.nodes) {
    const name = domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  let parameters = 0;
  for (const tensor of graph.initialisers.values()) {
    if (tensor.type?.startsWith('float') || tensor.type === 'bfloat16') parameters += tensor.size;
  }
  const end = ({ name, elementType, shape }: (typeof graph.outputs)[number]): GraphEnd => ({
    ...{ name, shape },
    type: elementType ?? 'no tensor',
  });
  return {
    file,
    inputs: graph.fedInputs().map(end),
    outputs: graph.outputs.map(end),
    nodes: graph.nodes.length,
    operators: [...counts]
      .map(([name, count]) => ({ name, count }))
      .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1)),
    parameters,
    opset: model.opset,
    metadata: Object.fromEntries(model.metadata),
  };
}

/** Summaries of a stored model's files. @throws Fault for heads, which have no graph */
export function modelGraph(project: ProjectStore, name: string): GraphSummary[] {
  const record = project.model(name);
  refuseHeads(record);
  const { files } = record.manifest as { files: { path: string }[] };
  return files.map(({ path }) => summariseGraph(readNetwork(join(record.folder, path)), path));
}
