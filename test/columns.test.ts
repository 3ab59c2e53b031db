import { describe, expect, it } from 'vitest';
import { type ColumnGroup, elementOf, leafColumns, mostElements, vectorGroup } from '../src/columns.ts';

const parts = { name: 'top', length: 2, type: 'float64', unit: 'eigenvalue', meaning: 'the largest two' } as const;

describe('a vector', () => {
  it('is a group of columns named by their places, each with its own meaning where it has one', () => {
    const meaningAt = (place: number) => `number ${place + 1}`;
    expect(vectorGroup({ ...parts, meaningAt, nullable: true, nullableElements: true, axis: 'log' })).toEqual({
      name: 'top',
      meaning: 'the largest two',
      nullable: true,
      role: 'vector',
      columns: ['0', '1'].map((name, place) => ({
        name,
        type: 'float64',
        unit: 'eigenvalue',
        meaning: `number ${place + 1}`,
        nullable: true,
        axis: 'log',
      })),
    });
    expect(vectorGroup(parts).columns.map(({ meaning }) => meaning)).toEqual(['the largest two', 'the largest two']);
  });

  it('has a leaf column for each element, which tells its place', () => {
    const group: ColumnGroup = { name: 'hessian', meaning: '', columns: [vectorGroup(parts)] };
    const leaves = leafColumns([group, { name: 'loss', type: 'float64', unit: 'loss', meaning: '' }]);
    expect(leaves.map(({ path, place }) => [path.join('.'), place])).toEqual([
      ['hessian.top.0', 0],
      ['hessian.top.1', 1],
      ['loss', undefined],
    ]);
  });

  it.each([0, -1, 1.5, Number.NaN, mostElements + 1])('of length %d is refused', (length) => {
    expect(() => vectorGroup({ ...parts, length })).toThrow(
      `vector 'top': length = ${length}: expected a whole number of 1 to ${mostElements}`,
    );
  });

  it('has elements that differ in their meaning alone', () => {
    const vector = vectorGroup(parts);
    const [first, second] = vector.columns;
    expect(elementOf({ ...vector, columns: [first!, { ...second!, meaning: 'another' }] })).toBe(first);
    const changes = [{ name: '2' }, { type: 'int32' }, { unit: 'norm' }, { axis: 'log' }, { nullable: true }] as const;
    for (const change of changes) {
      const columns = [first!, { ...second!, ...change } as typeof second & {}];
      expect(() => elementOf({ ...vector, columns }), JSON.stringify(change)).toThrow(RangeError);
    }
    expect(() => elementOf({ ...vector, columns: [] })).toThrow("vector 'top' has no columns");
    expect(() => elementOf({ ...vector, columns: [{ name: '0', meaning: '', columns: [] }] })).toThrow('holds a group');
    const many = Array.from({ length: mostElements + 1 }, (_, place) => ({ ...first!, name: String(place) }));
    expect(() => elementOf({ ...vector, columns: many })).toThrow(`expected ${mostElements} at most`);
  });
});
