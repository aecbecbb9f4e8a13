import type { Graph } from '../graph.ts';
import { takenBy } from '../order.ts';

/**
 * Values that are to be taken from elsewhere. Graph outputs keep their names, so that a value which is one cannot go;
 * neither can one that a subgraph takes.
 */
export class Renaming {
  readonly #graph: Graph;
  readonly #to = new Map<string, string>();
  readonly #fixed: ReadonlySet<string>;

  constructor(graph: Graph) {
    this.#graph = graph;
    const inner = graph.nodes
      .filter((node) => node.subgraphs().length > 0)
      .flatMap((node) => [...takenBy(node)]);
    this.#fixed = new Set([...graph.outputs.map(({ name }) => name), ...inner]);
  }

  /** Whether every user of the value can take another one instead. */
  free(name: string): boolean {
    return !this.#fixed.has(name);
  }

  /** What stands for a value now. */
  now(name: string): string {
    let found = name;
    for (let next = this.#to.get(found); next !== undefined; next = this.#to.get(found)) found = next;
    return found;
  }

  put(name: string, instead: string): void {
    this.#to.set(name, instead);
  }

  /** Lets every node take what stands for its inputs. @returns how many values were replaced */
  apply(): number {
    if (this.#to.size > 0) {
      for (const node of this.#graph.nodes) node.inputs = node.inputs.map((name) => this.now(name));
    }
    return this.#to.size;
  }
}
