import { ATTRIBUTES } from '../../core/contract/attributes.ts';
import type { UserCommand } from '../shell/commands.ts';
import type { Move } from './grid/layout.ts';
import type { Mode } from './ListBar.vue';
import type { ListKind } from './worklist/worklist.ts';

/** What the keys of the Annotate view act on. */
export interface AnnotateActions {
  mode(): Mode;
  setMode(mode: Mode): void;
  ready(): boolean;
  attributeKeys: readonly string[];
  setAttribute(attribute: number): void;
  attribute(): number;
  setValue(value: number): void;
  acceptModels(attributes: readonly number[]): void;
  move(how: Move, extend: boolean): void;
  toggle(): void;
  selectAll(): void;
  accept(): void;
  acceptAll(): void;
  escape(): void;
  switchPicture(): void;
  blind(): void;
  resize(by: number): void;
  remake(): void;
  list(kind: ListKind): void;
  lists: readonly { id: ListKind; title: string }[];
}

/** Enter, space and arrows belong to a button, field or slider that the keyboard is on. */
function onControl(): boolean {
  const active = document.activeElement;
  return active?.matches('button, a, select, summary, input, textarea') === true;
}

const MOVES: readonly { how: Move; title: string }[] = [
  { how: 'left', title: 'Left, or back to the face before' },
  { how: 'right', title: 'Right, or skip to the next face' },
  { how: 'up', title: 'Up, or the attribute before' },
  { how: 'down', title: 'Down, or the next attribute' },
  { how: 'home', title: 'To the first face' },
  { how: 'end', title: 'To the last face' },
  { how: 'pageup', title: 'A page up' },
  { how: 'pagedown', title: 'A page down' },
];
const VALUE_KEYS = ['1', '2', '3', '4', '5'];

/** Every key of the view, as commands that the palette lists and the user can bind to other keys. */
export function annotateCommands(on: AnnotateActions): UserCommand[] {
  const group = 'Annotate';
  const grid = (): boolean => on.ready() && on.mode() === 'grid';
  const single = (): boolean => on.ready() && on.mode() === 'single';
  const working = (): boolean => grid() || single();
  const free = (): boolean => !onControl();
  return [
    ...on.attributeKeys.map((key, a) => ({
      id: `annotate.attribute.${ATTRIBUTES[a].name}`,
      title: `Label ${ATTRIBUTES[a].name}`,
      group,
      keys: [key],
      run: () => on.setAttribute(a),
      enabled: working,
    })),
    ...VALUE_KEYS.map((key, value) => ({
      id: `annotate.value.${key}`,
      title: `Set the active attribute's value ${key}`,
      group,
      keys: [key],
      run: () => on.setValue(value),
      enabled: () => working() && value < ATTRIBUTES[on.attribute()].values.length,
    })),
    {
      id: 'annotate.unknown',
      title: 'Set the active attribute to unknown',
      group,
      keys: ['0'],
      run: () => on.setValue(-1),
      enabled: working,
    },
    {
      id: 'annotate.acceptAttribute',
      title: "Accept the models' suggestions of the active attribute (grid)",
      group,
      keys: ['a'],
      run: () => on.acceptModels([on.attribute()]),
      enabled: grid,
    },
    {
      id: 'annotate.acceptFaces',
      title: "Accept all of the models' suggestions (grid)",
      group,
      keys: ['shift+a'],
      run: () => on.acceptModels([0, 1, 2, 3, 4]),
      enabled: grid,
    },
    {
      id: 'annotate.accept',
      title: 'Accept the suggestion and go on (single)',
      group,
      keys: ['space'],
      run: on.accept,
      enabled: () => single() && free(),
    },
    {
      id: 'annotate.acceptAll',
      title: 'Accept all suggestions, next face (single)',
      group,
      keys: ['enter'],
      run: on.acceptAll,
      enabled: () => single() && free(),
    },
    {
      id: 'annotate.open',
      title: 'Open the focused face (grid)',
      group,
      keys: ['enter'],
      run: () => on.setMode('single'),
      enabled: () => grid() && free(),
    },
    {
      id: 'annotate.toggle',
      title: 'Select or leave the focused face (grid)',
      group,
      keys: ['space'],
      run: on.toggle,
      enabled: () => grid() && free(),
    },
    {
      id: 'annotate.selectAll',
      title: 'Select the whole list (grid)',
      group,
      keys: ['mod+a'],
      run: on.selectAll,
      enabled: () => grid() && !document.activeElement?.matches('input, textarea'),
    },
    {
      id: 'annotate.escape',
      title: 'Back to the grid, or select nothing',
      group,
      keys: ['esc'],
      run: on.escape,
      enabled: on.ready,
    },
    ...MOVES.flatMap(({ how, title }) => [
      {
        id: `annotate.${how}`,
        title,
        group,
        keys: [how],
        run: () => on.move(how, false),
        enabled: () => working() && free(),
      },
      {
        id: `annotate.select.${how}`,
        title: `Select: ${title.split(',')[0].toLowerCase()} (grid)`,
        group,
        keys: [`shift+${how}`],
        run: () => on.move(how, true),
        enabled: () => grid() && free(),
      },
    ]),
    {
      id: 'annotate.picture',
      title: 'Face or whole picture (single)',
      group,
      keys: ['c'],
      run: on.switchPicture,
      enabled: single,
    },
    { id: 'annotate.blind', title: 'Blind mode', group, keys: ['b'], run: on.blind, enabled: working },
    {
      id: 'annotate.smaller',
      title: 'Smaller pictures',
      group,
      keys: ['['],
      run: () => on.resize(-16),
      enabled: grid,
    },
    {
      id: 'annotate.larger',
      title: 'Larger pictures',
      group,
      keys: [']'],
      run: () => on.resize(16),
      enabled: grid,
    },
    {
      id: 'annotate.remake',
      title: 'Make the list anew',
      group,
      keys: ['n'],
      run: on.remake,
      enabled: working,
    },
    {
      id: 'annotate.agreement',
      title: 'Agreement of annotators',
      group,
      keys: ['shift+k'],
      run: () => on.setMode('agreement'),
      enabled: on.ready,
    },
    ...on.lists
      .filter(({ id }) => id !== 'cluster')
      .map(({ id, title }) => ({
        id: `annotate.list.${id}`,
        title: `List: ${title}`,
        group,
        run: () => on.list(id),
        enabled: on.ready,
      })),
  ];
}
