/** Returns `value`, or `fallback` if it is absent; throws a RangeError naming both if it is not within [low, high]. */
export function numberOption(
  name: string,
  value: number | undefined,
  fallback: number,
  low: number,
  high: number,
  unit: string,
): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !(value >= low && value <= high)) {
    throw new RangeError(`${name} is ${String(value)}; expected a number from ${low} to ${high} (${unit})`);
  }
  return value;
}

/** Throws a RangeError if `step` cannot be a step; cheap enough for every push. */
export function checkStep(step: number): void {
  if (!Number.isFinite(step)) throw new RangeError(`step is ${String(step)}; expected a finite number`);
}

/** Throws if a stored state was not written by the class that is asked to read it. */
export function checkStored(
  stored: { readonly detector?: unknown; readonly version?: unknown },
  detector: string,
): void {
  if (stored?.detector !== detector || stored.version !== 1) {
    throw new TypeError(
      `stored state is of ${String(stored?.detector)} version ${String(stored?.version)}; expected ${detector} version 1`,
    );
  }
}
