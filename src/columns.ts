/** Arrow type of a scalar column. Integers that may pass 2^31 are kept as `float64`, exact up to 2^53. */
export type ColumnType = 'float64' | 'int32' | 'bool' | 'utf8';

/** One scalar of a row, described well enough that a sink, a chart or a table needs to know nothing else. */
export interface Column {
  /** Name of the field within its group. */
  readonly name: string;
  readonly type: ColumnType;
  /** What the number measures, in the field's words: `loss`, `eigenvalue`, `learning rate`, `cosine`, `steps`, `1`. */
  readonly unit: string;
  /** One sentence for a reader who meets the column in a file without its program. */
  readonly meaning: string;
  /** Whether the value can be null: not computed at this step, or not defined. */
  readonly nullable?: boolean;
  /** The axis that suits it, where it is not linear. */
  readonly axis?: 'log';
}

/**
 * A named group of columns: what one annotator adds to a row, as an object of its own, or a vector, whose value in the
 * row is an array with an element for each column.
 */
export interface ColumnGroup {
  readonly name: string;
  readonly meaning: string;
  readonly columns: readonly ColumnDescription[];
  /** The whole group can be null. */
  readonly nullable?: boolean;
  /**
   * `event`: the group is null but on the rows at which an event opens, changes or closes. `vector`: its columns are
   * named `0`, `1`, ... and differ in their meaning alone; see {@link vectorGroup}.
   */
  readonly role?: 'event' | 'vector';
}

/** A group that is told as an array; {@link elementOf} checks that its columns can be the elements. */
export interface VectorGroup extends ColumnGroup {
  readonly role: 'vector';
}

export type ColumnDescription = Column | ColumnGroup;

export function isGroup(description: ColumnDescription): description is ColumnGroup {
  return 'columns' in description;
}

export function isVector(description: ColumnDescription): description is VectorGroup {
  return isGroup(description) && description.role === 'vector';
}

/** Elements of a vector at most: each is a column of its own for a chart or a table. */
export const mostElements = 1 << 12;

/** What describes a vector: as a column of what its elements are, and how many there are. */
export interface VectorParts extends Column {
  /** How many elements, at least 1. */
  readonly length: number;
  /** What the element at a place, from 0, means. Default: what the whole vector does. */
  readonly meaningAt?: (place: number) => string;
  /** Whether an element can be null where the vector is not; `nullable` is of the whole vector. */
  readonly nullableElements?: boolean;
}

/**
 * A group of numbers (or flags, or texts) that are of one kind and are told as an array, the top eigenvalues for example.
 *
 * ```
 * vectorGroup({ name: 'eigenvalues', length: 3, type: 'float64', unit: 'eigenvalue', meaning: 'the largest, descending' })
 * row.hessian.eigenvalues   [4.1, 0.7, 0.2]   or a typed array of that length
 * ```
 *
 * @throws {RangeError} when there would be no elements, or more than {@link mostElements}
 */
export function vectorGroup(parts: VectorParts): VectorGroup {
  const { name, length, type, unit, meaning, nullable, axis, meaningAt = () => meaning, nullableElements } = parts;
  if (!(Number.isInteger(length) && length >= 1 && length <= mostElements))
    throw new RangeError(`vector '${name}': length = ${length}: expected a whole number of 1 to ${mostElements}`);
  const columns = Array.from(
    { length },
    (_, place): Column => ({
      name: String(place),
      type,
      unit,
      meaning: meaningAt(place),
      ...(nullableElements ? { nullable: true } : {}),
      ...(axis === undefined ? {} : { axis }),
    }),
  );
  return { name, meaning, columns, ...(nullable ? { nullable } : {}), role: 'vector' };
}

/**
 * What the elements of a vector have in common: its first column.
 * @throws {RangeError} naming the first column that cannot be an element of it
 */
export function elementOf({ name, columns }: VectorGroup): Column {
  const [first] = columns;
  if (columns.length > mostElements)
    throw new RangeError(`vector '${name}' has ${columns.length} columns: expected ${mostElements} at most`);
  if (first === undefined || isGroup(first))
    throw new RangeError(`vector '${name}' ${first ? 'holds a group' : 'has no columns'}: expected scalar columns`);
  const strange = columns.findIndex(
    (column, place) => column.name !== String(place) || kindOf(column) !== kindOf(first),
  );
  if (strange >= 0)
    throw new RangeError(
      `vector '${name}' has a column '${columns[strange]!.name}' at place ${strange}: expected columns named by their places, of one type, unit and axis, null alike`,
    );
  return first;
}

function kindOf(column: ColumnDescription): string {
  if (isGroup(column)) return 'a group';
  const { type, unit, nullable = false, axis } = column;
  return JSON.stringify([type, unit, nullable, axis]);
}

/** A scalar column with the way to it from the row: `['eigenspace', 'lossTop']`, `['hessian', 'eigenvalues', '0']`. */
export interface LeafColumn {
  readonly path: readonly string[];
  readonly column: Column;
  /** Of an element of a vector: its place there, from 0. */
  readonly place?: number;
}

/** The scalar columns of a description, depth first, in order; those inside events only when asked. */
export function leafColumns(descriptions: readonly ColumnDescription[], events = false): LeafColumn[] {
  return descriptions.flatMap((description): LeafColumn[] => {
    if (!isGroup(description)) return [{ path: [description.name], column: description }];
    if (description.role === 'event' && !events) return [];
    return leafColumns(description.columns, events).map(({ path, ...leaf }) => ({
      path: [description.name, ...path],
      ...leaf,
      ...(isVector(description) ? { place: Number(leaf.column.name) } : {}),
    }));
  });
}

/** The event groups of a description, with the way to each from the row. */
export function eventGroups(
  descriptions: readonly ColumnDescription[],
): { readonly path: readonly string[]; readonly group: ColumnGroup }[] {
  return descriptions.filter(isGroup).flatMap((group) =>
    group.role === 'event'
      ? [{ path: [group.name], group }]
      : eventGroups(group.columns).map((inner) => ({
          path: [group.name, ...inner.path],
          group: inner.group,
        })),
  );
}
