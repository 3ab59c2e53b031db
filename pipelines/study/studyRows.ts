import { Run } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';
import { resultNumbers } from '../../src/sweep/resultNumbers.ts';
import type { StudyReport } from './studyReport.ts';

/** Every run of a study as a row, for a sink: its variant, its seed, and the numbers of the tables. */
export function studyRows({ study, seeds, parts }: StudyReport): Row[] {
  const columns = new Map<string, { readonly unit: string; readonly header: string }>();
  for (const { part } of parts)
    for (const { name, path, unit, header } of part.columns) columns.set(name ?? path, { unit, header });
  const run = new Run(
    `study-${study.name}`,
    [
      { name: 'step', type: 'int32', unit: 'steps', meaning: 'number of the run within the study' },
      { name: 'part', type: 'utf8', unit: '1', meaning: 'table that the run belongs to' },
      { name: 'variant', type: 'utf8', unit: '1', meaning: 'what was run' },
      { name: 'control', type: 'bool', unit: '1', meaning: 'whether it is a control' },
      { name: 'seed', type: 'int32', unit: '1', meaning: 'seed of data, initialisation and order' },
      ...[...columns].map(([name, { unit, header }]) => ({
        name,
        type: 'float64' as const,
        unit,
        meaning: header,
        nullable: true,
      })),
    ],
    {
      study: study.name,
      source: study.source,
      seeds,
      verdicts: parts.flatMap(({ claims }) => claims.map(({ claim, verdict }) => `${claim.text}: ${verdict}`)),
    },
  );
  let step = 0;
  return parts.flatMap(({ part, results }) =>
    results.flatMap(({ cell, seed, outcome }): Row[] => {
      if (outcome.state !== 'finished') return [];
      const { label, control = false } = part.variants[cell]!;
      const found = Object.fromEntries([...columns.keys()].map((name): [string, number | null] => [name, null]));
      const numbers = resultNumbers(outcome.result);
      for (const { name, path } of part.columns) found[name ?? path] = numbers.get(path) ?? null;
      const row = { step: step++, part: part.title, variant: label, control, seed, ...found, run };
      return [row as Row];
    }),
  );
}
