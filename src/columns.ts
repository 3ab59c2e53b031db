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

/** A named group of columns: what one annotator adds to a row, as an object of its own. */
export interface ColumnGroup {
  readonly name: string;
  readonly meaning: string;
  readonly columns: readonly ColumnDescription[];
  /** The whole group can be null. */
  readonly nullable?: boolean;
  /** `event`: the group is null but on the rows at which an event opens, changes or closes. */
  readonly role?: 'event';
}

export type ColumnDescription = Column | ColumnGroup;

export function isGroup(description: ColumnDescription): description is ColumnGroup {
  return 'columns' in description;
}

/** A scalar column with the way to it from the row: `['eigenspace', 'lossTop']`. */
export interface LeafColumn {
  readonly path: readonly string[];
  readonly column: Column;
}

/** The scalar columns of a description, depth first, in order; those inside events only when asked. */
export function leafColumns(descriptions: readonly ColumnDescription[], events = false): LeafColumn[] {
  return descriptions.flatMap((description): LeafColumn[] => {
    if (!isGroup(description)) return [{ path: [description.name], column: description }];
    if (description.role === 'event' && !events) return [];
    return leafColumns(description.columns, events).map(({ path, column }) => ({
      path: [description.name, ...path],
      column,
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
