import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const CHILD = fileURLToPath(new URL('./denormal-child.ts', import.meta.url));
const CORE = fileURLToPath(new URL('../../../../core', import.meta.url));

test.each(['trial', 'network'])(
  'numbers below full precision count as 0 on every thread of a process whose first session is a %s',
  (first) => {
    const said = JSON.parse(execFileSync(process.execPath, [CHILD, first], { encoding: 'utf8' }));
    expect(said).toEqual({ here: [0, 0], there: [0, 0] });
  },
);

test('no session is made past the place that asks for it', () => {
  const makers = readdirSync(CORE, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .filter((name) =>
      /InferenceSession\s*\.\s*create|\{[^}]*InferenceSession[^}]*\} = /.test(
        readFileSync(join(CORE, name), 'utf8'),
      ),
    );
  expect(makers).toEqual([join('engine', 'ort', 'create.ts')]);
});
