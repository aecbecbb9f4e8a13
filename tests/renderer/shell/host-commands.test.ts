import { expect, test } from 'vitest';
import { CommandRegistry } from '../../../renderer/shell/commands.ts';
import { hostCommands } from '../../../renderer/shell/host-commands.ts';

test("the host's menu runs commands by id, unless they are disabled or not of this view", () => {
  const done: string[] = [];
  const registry = new CommandRegistry();
  registry.register([
    { id: 'label.undo', title: 'Undo', group: 'Labels', run: () => done.push('undo') },
    { id: 'go.map', title: 'Map', group: 'Go to', run: () => done.push('map'), enabled: () => false },
  ]);
  const obey = hostCommands(registry, (path) => done.push(path));
  obey({ type: 'run', id: 'label.undo' });
  obey({ type: 'run', id: 'go.map' });
  obey({ type: 'run', id: 'nowhere' });
  obey({ type: 'open', path: '/data/b.visage' });
  expect(done).toEqual(['undo', '/data/b.visage']);
});
