import { expect, test } from 'vitest';
import { optimiserOf, scheduleOf } from '../../../core/training/plan.ts';
import { constant, cosine, polynomial, stepped, warmUp } from '../../../core/training/schedules/decay.ts';
import type { Schedule } from '../../../core/training/schedules/schedule.ts';
import { difference, python } from '../graph/python.ts';

/** The rates of PyTorch's own schedulers over the epochs. */
const RATES = `
import torch
def rates(scheduler, epochs):
    o = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    s = eval('torch.optim.lr_scheduler.' + scheduler.replace('(', '(o, ', 1))
    found = []
    for _ in range(epochs):
        found.append(o.param_groups[0]['lr'])
        o.step(); s.step()
    return found
print(json.dumps([rates(*each) for each in x]))`;

test('schedules give the rates of PyTorch', () => {
  const cases: [string, Schedule, number][] = [
    ['MultiStepLR([16, 20, 24, 28], 0.1)', stepped(0.1, [16, 20, 24, 28]), 32],
    ['CosineAnnealingLR(30, 0.001)', cosine(0.1, 30, 0.001), 31],
    ['PolynomialLR(20, 2)', polynomial(0.1, 20, 2), 25],
    ['LinearLR(0.25, 1.0, 4)', warmUp(constant(0.1), 4, 0.25), 8],
  ];
  const expected = python<number[][]>(
    RATES,
    cases.map(([scheduler, , epochs]) => [scheduler, epochs]),
  );
  for (const [i, [scheduler, schedule, epochs]] of cases.entries()) {
    const found = Array.from({ length: epochs }, (_, epoch) => schedule(epoch));
    expect(difference(found, expected[i]), scheduler).toBeLessThan(1e-9);
  }
});

test('a warm-up leaves the drops where they are, or shifts them behind itself', () => {
  expect(warmUp(stepped(1, [4]), 2)(4)).toBeCloseTo(0.1, 12);
  expect(warmUp(stepped(1, [4]), 2, 0, true)(5)).toBe(1);
  expect(warmUp(stepped(1, [4]), 2, 0, true)(6)).toBeCloseTo(0.1, 12);
});

test('what makes no sense is refused', () => {
  expect(() => constant(-1)).toThrow("The learning rate '-1' is not allowed; allowed: numbers above 0.");
  expect(() => stepped(0.1, [5, 5])).toThrow(/must rise/);
  expect(() => cosine(0.1, 0)).toThrow(/number of epochs '0'/);
});

test('settings become schedules and optimisers; unknown ones are refused', () => {
  const steps = scheduleOf({ rate: 0.1, decay: { kind: 'step', epochs: [2, 4] } }, 6);
  expect([0, 2, 4].map(steps).map((rate) => Number(rate.toFixed(6)))).toEqual([0.1, 0.01, 0.001]);
  const falling = scheduleOf(
    { rate: 0.1, decay: { kind: 'polynomial' }, warmUp: { epochs: 2, shift: true } },
    12,
  );
  expect([0, 1, 2, 7, 12].map(falling).map((rate) => Number(rate.toFixed(6)))).toEqual([
    0, 0.05, 0.1, 0.025, 0,
  ]);
  expect(scheduleOf({ rate: 0.1, decay: { kind: 'constant' } }, 3)(2)).toBe(0.1);
  expect(optimiserOf({ kind: 'sgd', momentum: 0 }).slots).toEqual([]);
  expect(optimiserOf({ kind: 'adam' }).slots.map(({ name }) => name)).toEqual(['first', 'second']);
  expect(() => optimiserOf({ kind: 'lion' } as never)).toThrow();
});
