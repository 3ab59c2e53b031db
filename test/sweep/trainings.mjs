// Trainings for the tests to run in threads: plain JavaScript, so that any Node loads them as they are.
import { appendFileSync } from 'node:fs';
import { concat, defer, EMPTY, from, map, Observable, of, range, timer } from 'rxjs';

/** `steps` rows after `delay` ms; then the end, or a crash of some kind. */
export function counting({ steps = 3, delay = 0, crash = null, seed = 0, factor = 1 }) {
  return concat(
    timer(delay).pipe(map(() => ({ step: 0, loss: factor * (seed + 1) }))),
    range(1, steps - 1).pipe(map((step) => ({ step, loss: (factor * (seed + 1)) / (step + 1) }))),
    defer(() => crashes[crash]?.() ?? EMPTY),
  );
}

const crashes = {
  throw: () => {
    throw new Error('the loss went\nelsewhere');
  },
  exit: () => process.exit(7),
  late: () => {
    setTimeout(() => {
      throw new RangeError('thrown in a timer');
    });
    return new Observable(() => {});
  },
  rejection: () => {
    Promise.reject(new Error('nobody caught it'));
    return new Observable(() => {});
  },
  memory: () => {
    const kept = [];
    for (;;) kept.push(new Array(100_000).fill(kept.length));
  },
  never: () => new Observable(() => {}),
};

/** Rows as fast as they can be made, each with the time at which it was. */
export function fast({ steps }) {
  return range(0, steps).pipe(map((step) => ({ step, at: Date.now() })));
}

/** Keeps its thread busy for ever, and shows it by a file that grows. */
export function busy({ path }) {
  return new Observable(() => {
    for (;;) {
      appendFileSync(path, '.');
      const until = performance.now() + 5;
      while (performance.now() < until);
    }
  });
}

/** A row with arrays, and numbers that JSON does not have. */
export function arrays() {
  const shared = new Float64Array([1, 2, 3]);
  return from([
    { step: 0, group: { matrix: shared, part: shared.subarray(1) }, loss: Number.NaN },
    { step: 1, group: { matrix: shared, part: null }, loss: Number.POSITIVE_INFINITY },
  ]);
}

export function talking() {
  console.log('a line on stdout');
  return of({ step: 0, loss: 1 });
}

export async function spec({ seed }) {
  const { lowRankRegression, mlp } = await import('onager');
  const task = lowRankRegression({ target: 'r2', dimension: 5, samples: 12 });
  return { task, model: mlp({ widths: [8] }), learningRate: 0.5, steps: 4, seed, backend: 'wasm' };
}

export const notRunnable = 3;
export const givesNothing = () => undefined;
