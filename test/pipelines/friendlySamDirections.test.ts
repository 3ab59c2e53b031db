import fc from 'fast-check';
import { from, lastValueFrom, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { friendlySamDirections } from '../../pipelines/friendlySam/friendlySamDirections.ts';
import type { TrainingStep } from '../../src/step.ts';

const numbers = fc.float({ min: -4, max: 4, noNaN: true }).map((value) => Math.round(8 * value) / 8);
const vector = fc.array(numbers, { minLength: 3, maxLength: 3 });
const gradients = fc.array(fc.record({ batch: vector, full: vector }), { minLength: 1, maxLength: 8 });

/** Rows whose probe has the gradients given, and counts how often the full one is asked for. */
async function directions(
  given: readonly { readonly batch: number[]; readonly full: number[] }[],
  options: Parameters<typeof friendlySamDirections>[0],
  later: boolean,
) {
  const asked: number[] = [];
  const eventual = (values: number[]) =>
    later ? Promise.resolve(Float32Array.from(values)) : Float32Array.from(values);
  const rows = given.map(({ batch, full }, step) => ({
    step,
    probe: {
      batch: { gradient: () => eventual(batch) },
      train: {
        gradient: () => {
          asked.push(step);
          return eventual(full);
        },
      },
    },
  }));
  const source = from(rows as unknown as TrainingStep[]);
  const all = await lastValueFrom(source.pipe(friendlySamDirections(options), toArray()));
  return { asked, fields: all.map(({ friendlyDirections }) => friendlyDirections) };
}

it.each([
  ['at once', false],
  ['later', true],
] as const)('takes every batch into the average, and asks for the full gradient by the cadence only: %s', (_, later) =>
  fc.assert(
    fc.asyncProperty(gradients, fc.constantFrom(1, 2, 5), async (given, every) => {
      const [lambda, sigma] = [0.75, 0.5];
      const cadence = ({ step }: { step: number }) => step % every === 0;
      const { asked, fields } = await directions(given, { lambda, sigma, cadence }, later);
      expect(asked).toEqual(given.map((_, step) => step).filter((step) => step % every === 0));
      let average: number[] | null = null;
      given.forEach(({ batch, full }, step) => {
        const direction = batch.map((value, index) => value - sigma * (average?.[index] ?? 0));
        const expected =
          step % every === 0
            ? [cosineOf(batch, full), average && cosineOf(average, full), cosineOf(direction, full)]
            : [];
        const { batchCosine, averageCosine, friendlyCosine, noiseShare } = fields[step]!;
        [batchCosine, averageCosine, friendlyCosine].forEach((found, index) => {
          const value = expected[index] ?? null;
          if (value === null) expect(found).toBeNull();
          else expect(found).toBeCloseTo(value, 3);
        });
        if (batchCosine === null) expect(noiseShare).toBeNull();
        else expect(noiseShare).toBeCloseTo(1 - batchCosine ** 2, 12);
        average = average === null ? batch : average.map((m, index) => lambda * m + (1 - lambda) * batch[index]!);
      });
    }),
    { numRuns: 50 },
  ),
);

/** Null where one of them is 0. */
function cosineOf(a: readonly number[], b: readonly number[]): number | null {
  const inner = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, index) => sum + value * y[index]!, 0);
  const lengths = Math.sqrt(inner(a, a) * inner(b, b));
  return lengths === 0 ? null : inner(a, b) / lengths;
}
