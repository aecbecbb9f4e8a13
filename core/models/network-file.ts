import { flushDenormals } from '../graph/denormals.ts';
import type { ElementType } from '../graph/elements.ts';
import { floatEnds } from '../graph/float-ends.ts';
import { calculateInFloat32 } from '../graph/float32.ts';
import { mend } from '../graph/mend.ts';
import { Model } from '../graph/model.ts';

/** Reads a network as its exporter meant it (see `mend`). @throws Fault for a file that is no whole model */
export function readNetwork(path: string): Model {
  const model = Model.read(path);
  mend(model);
  return model;
}

/** A network as it is run: it takes and gives float32, whatever its file declares. */
export interface RunnableNetwork {
  model: Model;
  /** Floating-point types that float32 took the place of. */
  replaced: ElementType[];
  /** Weights that were too small for full precision and are 0 now. */
  denormals: number;
}

/** @param input the file's name for the picture */
export function runnableNetwork(original: Model, input: string): RunnableNetwork {
  const model = original.copy();
  model.inlineExternal();
  const replaced = calculateInFloat32(model);
  floatEnds(model, input);
  const denormals = flushDenormals(model.graph);
  return { model, replaced, denormals };
}
