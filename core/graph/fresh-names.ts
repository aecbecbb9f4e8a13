import type { Graph } from './graph.ts';

/**
 * Gives names that no value of a graph has yet: the wanted one, or that with a number behind.
 * @param values the names of the graph's values, as shape inference finds them
 */
export function freshNames(graph: Graph, values: Iterable<string>): (wanted: string) => string {
  const taken = new Set([...values, ...graph.initialisers.keys()]);
  return (wanted) => {
    let name = wanted;
    for (let i = 1; taken.has(name); i++) name = `${wanted}_${i}`;
    taken.add(name);
    return name;
  };
}
