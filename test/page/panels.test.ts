import { describe, expect, it } from 'vitest';
import { panelsOf } from '../../sinks/dashboard/page/panels.ts';
import { type Column, type ColumnDescription, leafColumns, vectorGroup } from '../../src/columns.ts';
import { syntheticRun } from './syntheticRun.ts';

const number = (name: string, unit: string, more: Partial<Column> = {}): Column => ({
  name,
  type: 'float64',
  unit,
  meaning: '',
  ...more,
});
const group = (name: string, ...columns: ColumnDescription[]): ColumnDescription => ({ name, meaning: '', columns });
const event: ColumnDescription = { name: 'event', meaning: '', role: 'event', nullable: true, columns: [] };

const layout = (columns: readonly ColumnDescription[]) => panelsOf(columns, leafColumns(columns));
const told = (columns: readonly ColumnDescription[]) =>
  layout(columns).main.map(({ id, series }) => [id, ...series.map(({ label }) => label)]);

describe('the charts of a run', () => {
  it('show each numeric column exactly once, but for those of the axis', () => {
    const { columns } = syntheticRun();
    const { main, more } = layout(columns);
    const shown = [...main, ...more].flatMap(({ series }) => series.map(({ key }) => key)).sort();
    const expected = leafColumns(columns)
      .map(({ path }) => path.join('.'))
      .filter((key) => !['step', 'epoch', 'time', 'seconds'].includes(key));
    expect(shown).toEqual(expected.sort());
  });

  it('are those of the catapults: losses, split, rate against the critical one, kernel, alignment', () => {
    const columns = [
      number('step', 'steps'),
      number('loss', 'loss', { axis: 'log' }),
      number('learningRate', 'learning rate'),
      group(
        'tangentKernel',
        number('lambdaMax', 'eigenvalue'),
        number('criticalLearningRate', 'learning rate'),
        number('learningRateRatio', 'learning rate / critical'),
      ),
      group(
        'eigenspace',
        number('lossTop', 'loss', { axis: 'log' }),
        number('lossComplement', 'loss', { axis: 'log' }),
      ),
      group('agopAlignment', number('alignment', 'cosine')),
      group('evaluation', number('trainLoss', 'loss'), number('testLoss', 'loss'), number('testAccuracy', 'accuracy')),
      group('spikes', number('level', 'loss', { axis: 'log' }), number('ratio', '1'), event),
    ];
    expect(told(columns)).toEqual([
      ['loss', 'train', 'train, all data', 'test'],
      ['split', 'top', 'complement'],
      ['ratio', 'ratio'],
      ['lambda', 'λ max'],
      ['alignment', 'alignment'],
      ['accuracy', 'test'],
    ]);
    const { main, more } = layout(columns);
    expect(main.map(({ logarithmic }) => logarithmic)).toEqual([true, true, false, false, false, false]);
    expect(main[2]!.limit).toBe(1);
    // What a detector goes by is not what one looks for first, and the rates are in their quotient.
    expect(more.map(({ series }) => series.map(({ key }) => key))).toEqual([
      ['learningRate', 'tangentKernel.criticalLearningRate'],
      ['spikes.level'],
      ['spikes.ratio'],
    ]);
  });

  it('are found by name where a log of another program tells no units', () => {
    const columns = [
      number('step', 'steps'),
      number('loss', 'loss'),
      ...['val_loss', 'lr', 'val_acc', 'grad_norm', 'gpu_memory'].map((name) => number(name, name)),
    ];
    expect(told(columns)).toEqual([
      ['loss', 'train', 'val'],
      ['accuracy', 'val'],
      ['rate', 'lr'],
      ['norm-grad_norm', 'grad_norm'],
      ['other-gpu_memory', 'gpu_memory'],
    ]);
    expect(layout(columns).main[0]!.logarithmic).toBe(true);
  });

  it('hold no more series than there are colours, all of different ones, and keep strangers apart', () => {
    const many = Array.from({ length: 14 }, (_, i) => number(`eigenvalue${i}`, 'eigenvalue'));
    const columns = [group('hessian', ...many), group('a', number('x', '1')), group('b', number('x', '1'))];
    const { main, more } = layout(columns);
    expect(main.map(({ series }) => series.length)).toEqual([6, 6, 2]);
    for (const { series } of main) expect(new Set(series.map(({ color }) => color)).size).toBe(series.length);
    expect(new Set(main.map(({ id }) => id)).size).toBe(3);
    expect(more.map(({ series }) => series.map(({ key }) => key))).toEqual([['a.x'], ['b.x']]);
  });

  it('show the elements of a vector together, under its name', () => {
    const vector = (length: number, unit: string, name: string) =>
      vectorGroup({ name, length, type: 'float64', unit, meaning: '' });
    const columns = [
      group('hessian', vector(2, 'eigenvalue', 'eigenvalues'), number('trace', 'eigenvalue')),
      group('agop', vector(1, 'eigenvalue', 'eigenvalues')),
      group('a', vector(1, 'norm', 'parts')),
      group('b', vector(1, 'norm', 'parts')),
    ];
    expect(told(columns)).toEqual([
      ['eigenvalues-hessian', 'eigenvalues 0', 'eigenvalues 1', 'trace'],
      ['eigenvalues-agop', 'eigenvalues 0'],
      ['norm-norm', 'a · parts 0', 'b · parts 0'],
    ]);
    expect(layout(columns).main.map(({ title }) => title)).toEqual(['Hessian eigenvalues', 'AGOP eigenvalues', 'Norm']);
  });

  it('are none for a run without numbers', () => {
    expect(layout([{ name: 'note', type: 'utf8', unit: '1', meaning: '' }])).toEqual({ main: [], more: [] });
  });
});
