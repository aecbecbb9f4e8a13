import { expect, test } from 'vitest';
import {
  bytesText,
  compositionChart,
  exportWords,
  planProblem,
  shortRows,
} from '../../../renderer/exports/builder.ts';
import { emptyColumns } from '../../../renderer/faces/columns.ts';
import { noFilter } from '../../../renderer/faces/filter.ts';
import { selectionOf, selectionWords } from '../../../renderer/faces/selection.ts';
import { numbersOf, parseRaw } from '../../../renderer/models/manifest.ts';
import { searchValues, shapeText, tapExpression, withTap } from '../../../renderer/models/taps.ts';
import { faceCommand } from '../../../renderer/shell/face-command.ts';
import { clash, conflictsOf } from '../../../renderer/shell/rebinding.ts';
import { windowTitle } from '../../../renderer/shell/window-title.ts';

const choice = {
  perCohort: 5,
  seed: 1,
  balance: { sources: true, identities: true },
  short: 'leave-out',
} as const;

test('the command leaves out what is the default', () => {
  const how = { layout: 'visage', mode: 'copy', out: '' } as const;
  expect(exportWords('p', choice, how, []).join(' ')).toBe('export p --per-cohort 5 --seed 1');
  expect(
    exportWords(
      'p',
      { ...choice, balance: { sources: false, identities: false }, short: 'take-all' },
      { layout: 'fairface', mode: 'list', out: '/x' },
      ['--source', 'LFW'],
    ).join(' '),
  ).toBe(
    'export p --per-cohort 5 --seed 1 --balance none --short take-all --layout fairface --images list --out /x --source LFW',
  );
  expect([
    planProblem(choice),
    planProblem({ ...choice, perCohort: 0 }),
    planProblem({ ...choice, seed: 0.5 }),
  ]).toEqual([
    '',
    "'0' pictures per cohort are not possible: a whole number of at least 1 is expected.",
    "'0.5' is no seed: a whole number of at least 0 is expected.",
  ]);
});

test('chart and table of a preview', () => {
  const { data } = compositionChart({
    ...{ images: 5, short: [], identities: 1, unnamed: 0, folder: '', seconds: 0 },
    passedOver: { count: 0, first: [] },
    cohorts: [{ code: '01022', available: 9, taken: 5 }],
    sources: [{ name: 'A', images: 5, perCohort: [5] }],
  });
  expect(data[0]).toMatchObject({ name: 'A', x: ['01022'], y: [5] });
  expect(shortRows([{ code: '01022', count: 1, missing: 4 }])[0].words).toContain('male');
  expect([0, 999, 1000, 12_345_678, 5e11].map(bytesText)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '12.3 MB',
    '500 GB',
  ]);
});

test("a filter in the host's words where it has them, else face by face", () => {
  const columns = { ...emptyColumns(), faces: Int32Array.of(3, 5, 9) };
  const mask = Uint8Array.of(1, 0, 1);
  expect(selectionOf(noFilter(), columns, mask)).toEqual({});
  const plain = {
    values: [[0, -1], undefined, undefined, undefined, undefined],
    sources: [2],
    cohorts: [11],
  };
  const selection = selectionOf(plain, columns, mask);
  expect(selection).toEqual({ values: [[0, -1], null, null, null, null], sources: [2], cohorts: [11] });
  expect(selectionWords(selection, [{ id: 2, name: 'My set' }])).toEqual([
    ...['--source', 'My set', '--cohort', '00102'],
    ...['--where', 'age=0–19', '--where', 'age=unknown'],
  ]);
  const rows = selectionOf({ ...noFilter(), rows: { name: 'lasso', mask } }, columns, mask);
  expect(rows).toEqual({ faces: Int32Array.of(3, 9) });
  expect(selectionWords(rows, [])).toEqual(['--faces', '3,9']);
  // 'In no cohort' is a filter's condition, and no selection's.
  expect(selectionOf({ ...noFilter(), cohorts: [-1, 3] }, columns, mask)).toEqual(rows);
  expect(selectionWords({ faces: Int32Array.from({ length: 2000 }, (_, i) => 2 * i + 1) }, [])).toBeNull();
  expect(selectionWords({ identities: [1] }, [])).toBeNull();
});

test('taps: searched by any word, written as the job reads them', () => {
  const value = (name: string, op: string, role: string | null) => ({
    value: name,
    node: '',
    op,
    shape: ['N', 8, 4, 4],
    role,
  });
  const values = [
    value('conv_1', 'Conv', null),
    value('add_1', 'Add', 'stage end'),
    value('conv_2', 'Conv', null),
  ];
  expect(searchValues(values, '').map((one) => one.value)).toEqual(['add_1', 'conv_1', 'conv_2']);
  expect(searchValues(values, 'conv 2').map((one) => one.value)).toEqual(['conv_2']);
  expect(shapeText(['N', 8, 4, null])).toBe('8×4×?');
  const tap = { name: 't', values: ['a', 'b'], pool: 'average', normalise: 'l2', kind: 'pooled' } as const;
  expect(tapExpression({ ...tap, values: [...tap.values] })).toBe('a+b:average:l2');
  expect(withTap([{ ...tap, values: ['x'] }], { ...tap, values: ['y'] })).toHaveLength(1);
  expect(numbersOf('1, 2;3')).toEqual([1, 2, 3]);
  expect(parseRaw('[1]')).toEqual({ problem: 'A manifest is an object: { … }.' });
  expect(parseRaw('{')).toHaveProperty('problem', expect.stringContaining('not JSON'));
});

test('keys that cannot both work, faces by number, and the title of the window', () => {
  expect([clash('g', 'g m'), clash('g m', 'g m'), clash('g m', 'g k'), clash('m', 'g m')]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  const commands = [{ id: 'a', title: 'A', group: 'x', keys: ['g m'], run: () => {} }];
  expect(conflictsOf(commands, 'b', 'g', ({ keys }) => keys ?? [])).toHaveLength(1);
  expect(conflictsOf(commands, 'a', 'g m', ({ keys }) => keys ?? [])).toHaveLength(0);
  const went: number[] = [];
  const found = faceCommand(
    'face 17',
    (face) => face === 17,
    (face) => went.push(face),
  );
  found?.run();
  expect([
    found?.title,
    went,
    faceCommand(
      '18',
      () => false,
      () => {},
    ),
  ]).toEqual(['Face 17', [17], undefined]);
  expect(windowTitle({ name: 'map', params: {} }, 'Demo', [])).toBe('Map – Demo – Visage');
  const progress = { stage: '', done: 1, total: 4, unit: '', seconds: 1, from: 0 };
  expect(
    windowTitle({ name: 'face', params: { face: '7' } }, undefined, [{ state: 'running', progress }]),
  ).toBe('25 % · Face 7 – Visage');
});
