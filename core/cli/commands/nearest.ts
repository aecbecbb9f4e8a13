import { startEngine } from '../../engine/client.ts';
import { UsageFault } from '../../foundation/fault.ts';
import { nearestFaces } from '../../jobs/nearest.ts';
import { Project } from '../../project/project.ts';
import type { Command } from '../command.ts';
import { wholeOption } from '../selection.ts';

export const command: Command = {
  configure: (command) =>
    void command
      .argument('<project>', 'project folder, NAME.visage')
      .argument('<face>', 'number of the face that others are compared with')
      .option('--features <F>', 'feature set in which faces are compared')
      .option('--count <N>', 'how many of the nearest', '12')
      .addHelpText(
        'after',
        `
Similarity is the cosine of the two rows, from −1 to 1; the face itself is left out.

Examples:
  visage nearest faces.visage 17 --features mobilefacenet:embedding
  visage nearest faces.visage 17 --features net:routing --count 50 --json`,
      ),

  async run([path, number], options, context) {
    if (typeof options.features !== 'string')
      throw new UsageFault("'--features F' is missing: the feature set in which faces are compared.");
    const { features } = options;
    const face = wholeOption(number, 'face', 1);
    const project = Project.open(path, { readOnly: true });
    const engine = startEngine();
    try {
      const count = wholeOption(options.count, '--count', 1);
      const found = await nearestFaces(project, engine, { features, face, count }, context);
      const nearest = Array.from(found.faces, (one, i) => ({ face: one, similarity: found.similarities[i] }));
      return {
        json: { face, features, nearest },
        text: nearest.map(({ face: one, similarity }) => {
          const { path: place, identity } = project.face(one);
          return `${similarity.toFixed(4).padStart(7)}  face ${one}  ${place}${identity === null ? '' : `  ${identity}`}`;
        }),
      };
    } finally {
      await engine.close();
      project.close();
    }
  },
};
