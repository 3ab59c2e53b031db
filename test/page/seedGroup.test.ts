import { describe, expect, it } from 'vitest';
import { arrangement } from '../../sinks/dashboard/page/arrangement.ts';
import { csvOfRuns } from '../../sinks/dashboard/page/csv.ts';
import { lastValues } from '../../sinks/dashboard/page/meanCells.ts';
import { RunRecord } from '../../sinks/dashboard/page/runRecord.ts';
import { seedGroups } from '../../sinks/dashboard/page/seedGroup.ts';
import { type Gap, JSON_PROTOCOL } from '../../src/formats/webSocket/protocol.ts';
import type { RunMetadata } from '../../src/run.ts';

const number = (name: string) => ({ name, type: 'float64', unit: 'loss', meaning: '', nullable: true }) as const;

function record(name: string, metadata: RunMetadata, losses: readonly (number | null)[] = [1]): RunRecord {
  const columns = [
    { name: 'step', type: 'int32', unit: 'steps', meaning: '' } as const,
    number('loss'),
    number('test'),
  ];
  const hello = { type: 'hello', protocol: JSON_PROTOCOL, run: name, name, metadata, columns } as const;
  const made = new RunRecord({ ...hello, startedAt: 0, rows: 0, from: 0 });
  const wire = losses.map((loss) => (loss === null || Number.isFinite(loss) ? loss : String(loss)));
  const step = losses.map((_, index) => 10 * index);
  const test = losses.map((_, index) => (index === 1 ? 7 : null));
  made.takeRows({ from: 0, count: losses.length, columns: { step, loss: wire as number[], test } });
  return made;
}

const members = (records: readonly RunRecord[]) =>
  seedGroups(records).map((group) => group.records.map(({ hello }) => hello.name));

describe('groups of seeds', () => {
  it('are of runs that differ in nothing else', () => {
    const sweep = [0.1, 0.2].flatMap((rate) =>
      [0, 1].map((seed) => record(`${rate}-${seed}`, { seed, spec: { rate, seed } })),
    );
    expect(members(sweep)).toEqual([
      ['0.1-0', '0.1-1'],
      ['0.2-0', '0.2-1'],
    ]);
    expect(seedGroups(sweep).map(({ name }) => name)).toEqual(['rate 0.1, 2 seeds', 'rate 0.2, 2 seeds']);
  });

  it('leave alone who tells no seed, and count no seed twice', () => {
    const same = record('again', { seed: 1 });
    expect(
      members([record('a', { seed: 0 }), record('b', { seed: 1 }), same, record('c', {}), record('d', {})]),
    ).toEqual([['a', 'b'], ['again'], ['c'], ['d']]);
  });

  it('have one colour each, or none where there is one group; and stay the same while their runs do', () => {
    const all = ['x', 'y'].flatMap((model) => [0, 1].map((seed) => record(`${model}${seed}`, { model, seed })));
    const { runs, shown } = arrangement(all, undefined, 'range');
    expect(runs.map(({ color }) => color)).toEqual(['blue', 'blue', 'orange', 'orange']);
    expect(shown.map(({ color }) => color)).toEqual(['blue', 'orange']);
    expect(arrangement(all, 'seed', 'deviation', shown).shown.map(({ of }) => of)).toEqual(shown.map(({ of }) => of));
    expect(arrangement(all.slice(0, 2), undefined, 'range').shown[0]!.color).toBeUndefined();
    expect(arrangement(all, undefined, 'each').shown).toHaveLength(4);
  });

  it('tell the mean of last values, never with what is no number', () => {
    const [group] = seedGroups([record('a', { seed: 0 }, [9, 1]), record('b', { seed: 1 }, [9, 4])]);
    expect(lastValues(group!, 'loss')).toBe('2.5 ±2.1');
    expect(group!.lastMean('loss', true)).toBeCloseTo(2, 12);
    const [lost] = seedGroups([record('a', { seed: 0 }), record('b', { seed: 1 }, [9, Number.NaN])]);
    expect(lastValues(lost!, 'loss')).toBe('1 of 2 not finite');
    expect(lost!.lastMean('loss', false)).toBeNaN();
  });
});

describe('the numbers of whole runs', () => {
  it('are all there of rows that came by their extremes too', () => {
    const made = record('gap', {}, [1]);
    const ascending = { min: [10], max: [30], minRow: [1], maxRow: [3] };
    const loss = { min: [2], max: [9], minRow: [1], maxRow: [3], marks: [1] };
    made.takeGap({
      from: 1,
      to: 4,
      first: 1,
      size: 3,
      columns: { step: ascending, loss },
      exact: { rows: [], columns: {} },
    } as unknown as Gap);
    expect([...csvOfRuns([made])].join('').trimEnd().split('\n')).toEqual([
      'run,step,loss',
      'gap,0,1',
      'gap,10,NaN',
      'gap,10,2',
      'gap,20,',
      'gap,30,9',
    ]);
  });

  it('are a line a row and a column a series, as they were', () => {
    const text = [
      ...csvOfRuns([record('a, "b"', {}, [1.5, Number.NaN, null]), record('c', {}, [Number.POSITIVE_INFINITY])]),
    ].join('');
    expect(text).toBe(
      ['run,step,loss,test', '"a, ""b""",0,1.5,', '"a, ""b""",10,NaN,7', '"a, ""b""",20,,', 'c,0,Infinity,', ''].join(
        '\n',
      ),
    );
  });
});
