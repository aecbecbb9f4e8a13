import { Fault } from '../foundation/fault.ts';
import type { Graph, GraphNode } from './graph.ts';

/** Names that a node takes from its graph: its inputs and what its subgraphs use from outside. */
export function takenBy(node: GraphNode): Set<string> {
  const taken = new Set(node.inputs.filter((name) => name !== ''));
  for (const inner of node.subgraphs()) {
    const own = new Set([...inner.inputs.map(({ name }) => name), ...inner.initialisers.keys()]);
    for (const child of inner.nodes) for (const name of child.outputs) own.add(name);
    for (const child of inner.nodes) for (const name of takenBy(child)) if (!own.has(name)) taken.add(name);
    for (const { name } of inner.outputs) if (!own.has(name)) taken.add(name);
  }
  return taken;
}

/** The nodes, each after those that it needs; nodes that are free keep the file's order. @throws Fault for a cycle. */
export function topologicalOrder(graph: Graph): GraphNode[] {
  const producers = graph.producers();
  const done = new Set<GraphNode>();
  const open = new Set<GraphNode>();
  const order: GraphNode[] = [];
  // An explicit stack: deep networks would overflow the call stack.
  for (const root of graph.nodes) {
    const stack: { node: GraphNode; needs: GraphNode[] }[] = [];
    const enter = (node: GraphNode): void => {
      if (done.has(node)) return;
      if (open.has(node)) throw new Fault(`The graph goes round in a circle at ${node.label}.`);
      open.add(node);
      const needs = [...takenBy(node)]
        .map((name) => producers.get(name))
        .filter((need) => need !== undefined);
      stack.push({ node, needs });
    };
    enter(root);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const need = top.needs.shift();
      if (need !== undefined) {
        enter(need);
        continue;
      }
      stack.pop();
      open.delete(top.node);
      done.add(top.node);
      order.push(top.node);
    }
  }
  return order;
}

/** Removes nodes and constants that no output of the graph needs. Inputs stay as they are. */
export function prune(graph: Graph): void {
  const producers = graph.producers();
  const needed = new Set<GraphNode>();
  const names = new Set<string>();
  const wanted = graph.outputs.map(({ name }) => name);
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (names.has(name)) continue;
    names.add(name);
    const node = producers.get(name);
    if (node === undefined || needed.has(node)) continue;
    needed.add(node);
    wanted.push(...takenBy(node));
  }
  graph.nodes = graph.nodes.filter((node) => needed.has(node));
  const kept = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  const dropped = new Set([...graph.initialisers.keys()].filter((name) => !names.has(name)));
  for (const name of dropped) graph.initialisers.delete(name);
  for (const name of graph.values.keys()) if (!kept.has(name)) graph.values.delete(name);
  graph.inputs = graph.inputs.filter(({ name }) => !dropped.has(name));
}

/** Takes constants out of the inputs (IR version 3 and older listed them there), so that runtimes may fold them. */
export function fixConstants(graph: Graph): void {
  graph.inputs = graph.inputs.filter(({ name }) => !graph.initialisers.has(name));
}
