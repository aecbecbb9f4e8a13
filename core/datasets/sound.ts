import { faceProblem } from '../project/put-faces.ts';
import type { NewFace } from '../project/types.ts';
import type { OpenSource } from './reader.ts';
import type { ReadReport } from './report.ts';

/**
 * The faces of a source that a project takes. One that it would refuse goes to the report, for preview and import alike,
 * so that neither stops at one row and both say the same.
 */
export async function* soundFaces(open: OpenSource, report: ReadReport): AsyncGenerator<NewFace[]> {
  for await (const faces of open.faces(report)) {
    yield faces.filter((face) => {
      const problem = faceProblem(face);
      if (problem !== undefined) report.reject(face.path, null, face.path, problem);
      return problem === undefined;
    });
  }
}
