/** Round numbers in [min, max], about `count` of them, 1, 2 or 5 times a power of ten apart. */
export function linearTicks(min: number, max: number, count: number): number[] {
  const raw = (max - min) / Math.max(1, count);
  if (!(raw > 0) || !Number.isFinite(raw)) return [min];
  const magnitude = 10 ** Math.floor(Math.log10(raw));
  const step = magnitude * ([1, 2, 5].find((factor) => factor * magnitude >= raw * 0.999) ?? 10);
  const first = Math.ceil(min / step - 1e-9);
  // Counted from 0: above 2^53 adding 1 to `first` would change nothing.
  const steps = Math.floor(max / step + 1e-9) - first;
  // A short range may lie between two round numbers.
  if (steps < 0) return linearTicks(min, max, 2 * count);
  return Array.from({ length: steps + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Ticks of a logarithmic axis: powers of ten, with 2 and 5 between them where few, evenly spaced ones below a decade. */
export function logTicks(min: number, max: number, count: number): number[] {
  const decades = Math.log10(max / min);
  if (!(decades > 0) || !Number.isFinite(decades)) return [min];
  if (decades < 0.8) return linearTicks(min, max, count);
  const factors = decades < 2 || decades * 3 <= count * 1.5 ? [1, 2, 5] : [1];
  for (let stride = Math.ceil(decades / count); ; stride--) {
    const ticks = multiples(min, max, factors, Math.max(1, stride));
    if (ticks.length > 1 || stride <= 1) return ticks;
  }
}

/** The numbers `factor` x 10^k in [min, max], of every `stride`-th k. */
function multiples(min: number, max: number, factors: readonly number[], stride: number): number[] {
  const ticks: number[] = [];
  for (let exponent = Math.floor(Math.log10(min)); exponent <= Math.ceil(Math.log10(max)); exponent++) {
    if (exponent % stride !== 0) continue;
    for (const factor of factors) {
      const tick = Number(`${factor}e${exponent}`);
      if (tick >= min * 0.999 && tick <= max * 1.001) ticks.push(tick);
    }
  }
  return ticks;
}
