import { runColors } from './runColors.ts';
import type { RunRecord } from './runRecord.ts';
import type { Seeds, Shown, ShownRun } from './scene.ts';
import { isSeed, SeedGroup, seedGroups } from './seedGroup.ts';

/** The runs with their colours, and what of them has lines. */
interface Arrangement {
  readonly runs: readonly ShownRun[];
  readonly shown: readonly Shown[];
}

/**
 * Gives runs their colours, and groups those that differ only in their seed where that is wanted; all of a group have one
 * colour. What is alone has none: each of its series has one then.
 *
 * @param parameter what is to tell the colours; undefined for the run or the group itself
 * @param before the arrangement up to now: groups of the same runs stay, with what they have summed up
 */
export function arrangement(
  records: readonly RunRecord[],
  parameter: string | undefined,
  seeds: Seeds,
  before: readonly Shown[] = [],
): Arrangement {
  const groups = seeds === 'each' ? [] : seedGroups(records).map((group) => sameAs(group, before) ?? group);
  if (groups.every((group) => group.records.length === 1)) {
    const colors = records.length > 1 ? runColors(records, parameter) : [undefined];
    const runs = records.map((record, index) => ({ record, color: colors[index] }));
    return { runs, shown: runs.map(({ record, color }) => ({ of: record, name: record.hello.name, color })) };
  }
  const by = parameter === undefined || isSeed(parameter) ? undefined : parameter;
  const colors =
    groups.length > 1
      ? runColors(
          groups.map((group) => group.records[0]!),
          by,
        )
      : [undefined];
  const ofRun = new Map(groups.flatMap((group, index) => group.records.map((record) => [record, colors[index]])));
  return {
    runs: records.map((record) => ({ record, color: ofRun.get(record) })),
    shown: groups.map((group, index) => ({
      of: group.records.length > 1 ? group : group.records[0]!,
      name: group.name,
      color: colors[index],
    })),
  };
}

function sameAs({ name, records }: SeedGroup, before: readonly Shown[]): SeedGroup | undefined {
  const found = before.find(
    ({ of }) =>
      of instanceof SeedGroup &&
      of.name === name &&
      of.records.length === records.length &&
      of.records.every((record, index) => record === records[index]),
  );
  return found?.of as SeedGroup | undefined;
}
