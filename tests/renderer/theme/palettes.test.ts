import { expect, test } from 'vitest';
import { ATTRIBUTES } from '../../../core/attributes/attributes.ts';
import {
  CATEGORICAL,
  NEUTRAL,
  ORIGIN_COLOURS,
  rgbOf,
  valueColours,
} from '../../../renderer/theme/palettes.ts';
import { deltaE, labSeen, VISIONS } from './colour-difference.ts';

/** CIEDE2000; 1 is just noticeable side by side. Points of a few pixels need about ten times that. */
const APART = 10;
/** From what lies behind, so that a small point is seen at all. */
const FROM_GROUND = 15;
/** --ground and --surface, light and dark (renderer/theme/tokens.css). */
const GROUNDS = ['#f6f7f8', '#ffffff', '#14181c', '#1b2026'];

const palettes: Record<string, readonly string[]> = {
  categorical: CATEGORICAL,
  origins: [NEUTRAL, ...ORIGIN_COLOURS],
  ...Object.fromEntries(ATTRIBUTES.map(({ name }, a) => [name, [NEUTRAL, ...valueColours(a)]])),
};

test("CIEDE2000 gives the published differences of Sharma's test pairs", () => {
  expect(deltaE([50, 2.6772, -79.7751], [50, 0, -82.7485])).toBeCloseTo(2.0425, 4);
  expect(deltaE([50, 2.5, 0], [73, 25, -18])).toBeCloseTo(27.1492, 4);
  expect(deltaE([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387])).toBeCloseTo(1.2644, 4);
  expect(deltaE([2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514])).toBeCloseTo(0.9082, 4);
});

test('a red and a green that only trichromats tell apart are close for the others', () => {
  const [red, green] = [rgbOf('#c05a50'), rgbOf('#7f7f2e')];
  const seen = (vision: string): number => deltaE(labSeen(red, vision), labSeen(green, vision));
  expect(seen('deuteranopia')).toBeLessThan(0.6 * seen('normal'));
});

for (const vision of Object.keys(VISIONS)) {
  test(`the colours of each palette are told apart with ${vision} vision, on every ground`, () => {
    const close: string[] = [];
    for (const [name, colours] of Object.entries(palettes)) {
      const labs = colours.map((colour) => labSeen(rgbOf(colour), vision));
      labs.forEach((lab, i) => {
        for (let j = 0; j < i; j++) {
          const apart = deltaE(lab, labs[j]);
          if (apart < APART) close.push(`${name}: ${colours[j]} and ${colours[i]} (${apart.toFixed(1)})`);
        }
        for (const ground of GROUNDS) {
          const apart = deltaE(lab, labSeen(rgbOf(ground), vision));
          if (apart < FROM_GROUND) close.push(`${name}: ${colours[i]} on ${ground} (${apart.toFixed(1)})`);
        }
      });
    }
    expect(close).toEqual([]);
  });
}
