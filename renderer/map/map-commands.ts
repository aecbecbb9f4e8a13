import { ATTRIBUTES } from '../../core/contract/attributes.ts';
import type { UserCommand } from '../shell/commands.ts';
import type { Tool } from './points/strokes.ts';

interface Actions {
  tool(next: Tool): void;
  canvas(): { showAll(): void; zoom(factor: number): void; panBy(x: number, y: number): void } | undefined;
  escape(): void;
  open(): void;
  make(): void;
  save(format: 'png' | 'svg'): void;
  colourBy(key: string): void;
}

const STEP = 0.12;

/** What the map can do by key or name. */
export function mapCommands(actions: Actions): UserCommand[] {
  const command = (id: string, title: string, keys: string[], run: () => void): UserCommand => ({
    id: `map.${id}`,
    title,
    group: 'Map',
    keys,
    run,
  });
  const panBy = (x: number, y: number) => () => actions.canvas()?.panBy(x, y);
  return [
    command('pan', 'Hand: drag moves the map', ['v'], () => actions.tool('pan')),
    command('lasso', 'Lasso', ['l'], () => actions.tool('lasso')),
    command('rectangle', 'Rectangle', ['b'], () => actions.tool('rectangle')),
    command('fit', 'Show the whole map', ['f'], () => actions.canvas()?.showAll()),
    command('in', 'Zoom in', ['+', '='], () => actions.canvas()?.zoom(1.5)),
    command('out', 'Zoom out', ['-'], () => actions.canvas()?.zoom(1 / 1.5)),
    command('left', 'Move left', ['left'], panBy(-STEP, 0)),
    command('right', 'Move right', ['right'], panBy(STEP, 0)),
    command('up', 'Move up', ['up'], panBy(0, -STEP)),
    command('down', 'Move down', ['down'], panBy(0, STEP)),
    command('clear', 'Select nothing', ['esc'], actions.escape),
    command('open', 'Open the face that was clicked', ['enter'], actions.open),
    command('make', 'Make a map', ['n'], actions.make),
    command('png', 'Save the map as PNG', ['mod+s'], () => actions.save('png')),
    command('svg', 'Save the map as SVG', [], () => actions.save('svg')),
    ...ATTRIBUTES.map(({ name }, a) =>
      command(`colour.${a}`, `Colour by ${name}`, [String(a + 1)], () => actions.colourBy(`attribute:${a}`)),
    ),
    command('colour.cohort', 'Colour by cohort', ['6'], () => actions.colourBy('cohort')),
    command('colour.source', 'Colour by source', ['7'], () => actions.colourBy('source')),
    command('colour.identity', 'Colour by identity', ['8'], () => actions.colourBy('identity')),
  ];
}
