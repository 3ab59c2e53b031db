import { join } from 'node:path';
import { lastValueFrom, Subject, tap } from 'rxjs';
import { expect, it } from 'vitest';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { type SpikeFields, spikes } from '../../src/operators/spikes.ts';
import { recordedReports } from '../../src/sources/arrow/recordedReports.ts';
import type { LossRow } from '../../src/step.ts';
import type { ControlMessage } from '../../src/training/control.ts';
import { evidencedRows, temporaryDirectory } from './recordedRuns.ts';

const directory = temporaryDirectory();

it('the events of a run folder are reported as those of a live run, with what was asked of it', async () => {
  const folder = join(directory, 'run');
  const control$ = new Subject<ControlMessage>();
  const source = new Subject<LossRow>();
  const live: object[] = [];
  const take = ({ spikes: { event } }: LossRow & { readonly spikes: SpikeFields }) => {
    if (event !== null) live.push({ group: 'spikes.event', begin: event.begin, event: { ...event } });
  };
  const written = lastValueFrom(source.pipe(spikes(), toArrow(folder, { control$ }), tap(take)));
  for (const row of evidencedRows()) {
    source.next(row);
    if (row.step === 40) control$.next({ type: 'setLearningRate', value: 0.5 });
  }
  source.complete();
  await written;
  const [control, ...events] = await recordedReports(join(folder, 'events.arrows'));
  expect(control).toEqual({
    group: 'control',
    begin: 0,
    event: { kind: 'control', action: { type: 'setLearningRate', value: 0.5 }, accepted: true, row: 40 },
  });
  expect(events).toEqual(live);
  expect(events.length).toBeGreaterThan(2);
  expect(await recordedReports(join(directory, 'nowhere'))).toEqual([]);
});
