import type { HostCommand } from '../../core/contract/bridge.ts';
import type { CommandRegistry } from './commands.ts';

/** What the window does when its host's menu, or a second start of the program, asks for something. */
export function hostCommands(
  registry: CommandRegistry,
  open: (path: string) => void,
): (command: HostCommand) => void {
  return (command) => {
    if (command.type === 'open') return open(command.path);
    const found = registry.all().find(({ id }) => id === command.id);
    // A command that a view brings along is not there in another view: the menu cannot know.
    if (found && found.enabled?.() !== false) found.run();
  };
}
