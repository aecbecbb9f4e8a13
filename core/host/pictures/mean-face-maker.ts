import type { EngineClient } from '../../engine/types.ts';
import { Fault, sentenceOf } from '../../foundation/fault.ts';
import { drawMeanFaces } from '../../jobs/clusters/mean-faces.ts';
import type { Project } from '../../project/project.ts';

/** Clusters of one run: few, so that nearest faces and profiles, which the same process answers, wait little. */
const MOST = 4;

interface Wanted {
  clustering: string;
  cluster: number;
  size: number;
}

/** Mean faces of clusters as a view scrolls over them, the latest asked first. */
export class MeanFaceMaker {
  readonly #project: Project;
  readonly #engine: () => EngineClient;
  #waiting: { wanted: Wanted; answer: PromiseWithResolvers<Uint8Array> }[] = [];
  #running = false;

  constructor(project: Project, engine: () => EngineClient) {
    this.#project = project;
    this.#engine = engine;
  }

  /** PNG bytes. @throws Fault when no face of the cluster has a picture that can be read */
  make(wanted: Wanted): Promise<Uint8Array> {
    const answer = Promise.withResolvers<Uint8Array>();
    this.#waiting.push({ wanted, answer });
    if (!this.#running) void this.#run();
    return answer.promise;
  }

  async #run(): Promise<void> {
    this.#running = true;
    // What the same turn of the event loop asks for goes along.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) await this.#some();
    this.#running = false;
  }

  /** One run for the clustering and size of the latest request. */
  async #some(): Promise<void> {
    const { clustering, size } = this.#waiting[this.#waiting.length - 1].wanted;
    const alike = this.#waiting
      .filter(({ wanted }) => wanted.clustering === clustering && wanted.size === size)
      .slice(-MOST);
    this.#waiting = this.#waiting.filter((one) => !alike.includes(one));
    const clusters = [...new Set(alike.map(({ wanted }) => wanted.cluster))];
    let problem = `No face of this cluster of '${clustering}' has a picture that can be read.`;
    await drawMeanFaces(this.#project, this.#engine(), { clustering, clusters, size }, ({ cluster, png }) => {
      for (const { wanted, answer } of alike) if (wanted.cluster === cluster) answer.resolve(png);
    }).catch((thrown: unknown) => {
      problem = sentenceOf(thrown);
    });
    // Those that were made are settled already.
    for (const { answer } of alike) answer.reject(new Fault(problem));
  }
}
