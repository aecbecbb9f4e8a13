/**
 * Limited-memory BFGS with a strong-Wolfe line search (Nocedal & Wright, Numerical Optimization, 2nd ed.,
 * algorithms 7.4, 7.5, 3.5 and 3.6), for smooth convex functions. A preconditioner takes the place of the
 * scaled identity as the initial inverse Hessian.
 */
export interface MinimiseOptions {
  /** Stops when no entry of the gradient is larger. */
  tolerance: number;
  maxIterations: number;
  /** Kept pairs of steps and gradient differences. */
  memory?: number;
  /** In place: v ← M·v with M symmetric positive definite, near the inverse Hessian up to a factor. */
  precondition?: (v: Float64Array) => void;
  /** Called after each iteration; may throw to stop. */
  onIteration?: (iteration: number, value: number, gradient: number) => void;
}

export interface Minimum {
  x: Float64Array;
  value: number;
  /** Largest absolute entry of the gradient at x. */
  gradient: number;
  iterations: number;
  evaluations: number;
  /** False when the iterations ran out, or no step could make the value smaller within double precision. */
  converged: boolean;
}

/** Writes the gradient at x into its second argument and returns the value. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function largest(a: Float64Array): number {
  let max = 0;
  for (let i = 0; i < a.length; i++) max = Math.max(max, Math.abs(a[i]));
  return max;
}

const SUFFICIENT_DECREASE = 1e-4;
const CURVATURE = 0.9;
const LINE_SEARCH_STEPS = 30;

interface Point {
  step: number;
  value: number;
  slope: number;
}

/** Minimiser of the cubic through two points with slopes, kept inside the middle 80 % of the bracket. */
function cubicStep(a: Point, b: Point): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.step - b.step);
  const root = Math.sqrt(Math.max(0, d1 * d1 - a.slope * b.slope)) * Math.sign(b.step - a.step);
  const step = b.step - ((b.step - a.step) * (b.slope + root - d1)) / (b.slope - a.slope + 2 * root);
  const low = Math.min(a.step, b.step);
  const width = Math.abs(b.step - a.step);
  if (!(step >= low + 0.1 * width && step <= low + 0.9 * width)) return low + 0.5 * width;
  return step;
}

/** Minimises from `start`, which is left as it was. */
export function minimise(objective: Objective, start: Float64Array, options: MinimiseOptions): Minimum {
  const n = start.length;
  const memory = options.memory ?? 10;
  let x = Float64Array.from(start);
  let gradient = new Float64Array(n);
  let value = objective(x, gradient);
  let evaluations = 1;
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  const direction = new Float64Array(n);
  let scale = 1;
  let trial = new Float64Array(n);
  let trialGradient = new Float64Array(n);
  const alphas = new Float64Array(memory);

  const done = (iterations: number, converged: boolean): Minimum => ({
    x,
    value,
    gradient: largest(gradient),
    iterations,
    evaluations,
    converged,
  });

  for (let iteration = 0; iteration < options.maxIterations; iteration++) {
    if (largest(gradient) <= options.tolerance) return done(iteration, true);

    // Two-loop recursion (algorithm 7.4).
    for (let i = 0; i < n; i++) direction[i] = -gradient[i];
    for (let p = pairs.length - 1; p >= 0; p--) {
      const { s, y, rho } = pairs[p];
      const alpha = rho * dot(s, direction);
      alphas[p] = alpha;
      for (let i = 0; i < n; i++) direction[i] -= alpha * y[i];
    }
    options.precondition?.(direction);
    for (let i = 0; i < n; i++) direction[i] *= scale;
    for (let p = 0; p < pairs.length; p++) {
      const { s, y, rho } = pairs[p];
      const beta = alphas[p] - rho * dot(y, direction);
      for (let i = 0; i < n; i++) direction[i] += beta * s[i];
    }

    let slope = dot(gradient, direction);
    if (!(slope < 0)) {
      pairs.length = 0;
      for (let i = 0; i < n; i++) direction[i] = -gradient[i];
      slope = dot(gradient, direction);
    }

    const at = (step: number): Point => {
      for (let i = 0; i < n; i++) trial[i] = x[i] + step * direction[i];
      const found = objective(trial, trialGradient);
      evaluations++;
      return { step, value: found, slope: dot(trialGradient, direction) };
    };
    const origin: Point = { step: 0, value, slope };
    const enough = (point: Point): boolean => point.value <= value + SUFFICIENT_DECREASE * point.step * slope;
    const flat = (point: Point): boolean => Math.abs(point.slope) <= -CURVATURE * slope;

    // Line search (algorithm 3.5): widen until a bracket is found, then narrow it (3.6).
    let accepted: Point | undefined;
    let low = origin;
    let high: Point | undefined;
    let step = pairs.length === 0 && !options.precondition ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    for (let tries = 0; tries < LINE_SEARCH_STEPS; tries++) {
      const point = at(step);
      if (high === undefined) {
        if (!Number.isFinite(point.value)) {
          step = (low.step + step) / 2;
          continue;
        }
        if (!enough(point) || (tries > 0 && point.value >= low.value)) {
          high = point;
        } else if (flat(point)) {
          accepted = point;
          break;
        } else if (point.slope >= 0) {
          high = low;
          low = point;
        } else {
          low = point;
          step *= 2;
          continue;
        }
      } else if (!enough(point) || point.value >= low.value) {
        high = point;
      } else if (flat(point)) {
        accepted = point;
        break;
      } else {
        if (point.slope * (high.step - low.step) >= 0) high = low;
        low = point;
      }
      step = cubicStep(low, high);
    }
    if (accepted === undefined) {
      // Rounding hides any further decrease: the best bracketed point still counts when it is lower.
      if (low.step === 0 || low.value >= value) return done(iteration, false);
      accepted = at(low.step);
    }

    const s = new Float64Array(n);
    const y = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      s[i] = trial[i] - x[i];
      y[i] = trialGradient[i] - gradient[i];
    }
    [x, trial] = [trial, x];
    [gradient, trialGradient] = [trialGradient, gradient];
    value = accepted.value;
    const sy = dot(s, y);
    if (sy > 1e-300) {
      pairs.push({ s, y, rho: 1 / sy });
      if (pairs.length > memory) pairs.shift();
      if (options.precondition) {
        const my = Float64Array.from(y);
        options.precondition(my);
        scale = sy / dot(y, my);
      } else {
        scale = sy / dot(y, y);
      }
    }
    options.onIteration?.(iteration + 1, value, largest(gradient));
  }
  return done(options.maxIterations, largest(gradient) <= options.tolerance);
}
