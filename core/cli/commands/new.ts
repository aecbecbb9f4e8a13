import { UsageFault } from '../../foundation/fault.ts';
import { Project } from '../../project/project.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  configure(command) {
    command
      .argument('<project>', 'folder to make, NAME.visage')
      .option('--name <name>', "the project's name; default: the folder's without '.visage'")
      .addHelpText('after', '\nExample:\n  visage new faces.visage --name "Our faces"');
  },

  async run([path], options) {
    if (!path.replace(/[\\/]+$/, '').endsWith('.visage')) {
      throw new UsageFault(`'${path}' does not end in '.visage', as the folder of a project does.`);
    }
    const project = Project.create(path, { name: options.name as string | undefined });
    try {
      return {
        json: { project: project.path, name: project.name },
        text: [`Made project '${project.name}' in ${project.path}.`],
      };
    } finally {
      project.close();
    }
  },
};
