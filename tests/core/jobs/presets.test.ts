import { expect, test } from 'vitest';
import { PRESETS, presetOf, presetRecipe, SCALES } from '../../../core/jobs/train/presets.ts';
import { recipeOf } from '../../../core/jobs/train/recipe.ts';

test('every preset is a whole recipe at every scale, and starts from a preset of the same network', () => {
  for (const preset of PRESETS) {
    for (const scale of Object.keys(SCALES) as (keyof typeof SCALES)[]) {
      const recipe = recipeOf(presetRecipe(preset, scale));
      if (preset.start === undefined) continue;
      const start = presetOf(preset.start);
      expect(start, preset.name).toBeDefined();
      const from = recipeOf(presetRecipe(start as NonNullable<typeof start>, scale));
      expect(recipe.network.name).toBe(from.network.name);
      expect([recipe.network.width, recipe.network.size]).toEqual([from.network.width, from.network.size]);
    }
  }
});

test('the thesis scale is the recipe that training has by default, but for how 512 pictures are reached', () => {
  const usual = recipeOf({ network: 'bl', batch: 64, accumulate: 8 });
  expect(
    recipeOf(presetRecipe(presetOf('BL') as NonNullable<ReturnType<typeof presetOf>>, 'thesis')),
  ).toEqual(usual);
});
