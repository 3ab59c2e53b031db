import { filter, from, lastValueFrom, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { spikes } from '../../src/operators/spikes.ts';
import { type Row, runOf } from '../../src/step.ts';

const rows = () => Array.from({ length: 5 }, (_, step) => ({ step, loss: 1 / (step + 1) }) as Row & { loss: number });

it('rows of plain data can be subscribed to again', async () => {
  const source = from(rows()).pipe(spikes());
  const first = await lastValueFrom(source.pipe(toArray()));
  const second = await lastValueFrom(source.pipe(toArray()));
  expect(second).toEqual(first);
});

it('two annotators of one name clash on plain rows too', async () => {
  await expect(lastValueFrom(from(rows()).pipe(spikes(), spikes()))).rejects.toThrow(/already have a field 'spikes'/);
});

it('what comes behind a filter that drops the first row still knows every column', async () => {
  const passed = await lastValueFrom(
    from(rows()).pipe(
      spikes(),
      filter(({ step }) => step > 2),
      toArray(),
    ),
  );
  expect(runOf(passed[0]!).columns.map(({ name }) => name)).toEqual(['step', 'loss', 'spikes']);
});
