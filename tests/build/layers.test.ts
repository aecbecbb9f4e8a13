import { expect, test } from 'vitest';
import { violationsOf } from '../../build/layers.ts';

test('an import against the arrows is named with what is allowed', () => {
  const [violation] = violationsOf('/p', 'core/project/store.ts', "import { x } from '../graph/model.ts';");
  expect(violation.sentence).toBe(
    'core/project/store.ts imports core/graph/model.ts, but core/project may import only: foundation, attributes.',
  );
});

test('type imports, re-exports and dynamic imports count as well', () => {
  for (const line of [
    "import type { X } from '../engine/types.ts';",
    "export { X } from '../engine/types.ts';",
    "const { X } = await import('../engine/types.ts');",
    "import '../engine/types.ts';",
  ]) {
    expect(violationsOf('/p', 'core/graph/model.ts', line), line).toHaveLength(1);
  }
});

test('the renderer sees the contract only; folders may import themselves', () => {
  expect(
    violationsOf('/p', 'renderer/map/map.ts', "import { x } from '../../core/contract/wire.ts';"),
  ).toEqual([]);
  expect(
    violationsOf('/p', 'renderer/map/map.ts', "import { x } from '../../core/project/store.ts';"),
  ).toHaveLength(1);
  expect(
    violationsOf('/p', 'core/clusters/kmeans/lloyd.ts', "import { x } from '../metrics/ami.ts';"),
  ).toEqual([]);
});
