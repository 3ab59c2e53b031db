import type { AxisId } from '../dashboard/page/axes.ts';
import { toneOf } from '../dashboard/page/eventTone.ts';
import { evidenceOf, percent } from '../dashboard/page/evidence.ts';
import { formatCount, formatNumber } from '../dashboard/page/format.ts';
import { type Panel, panelsOf } from '../dashboard/page/panels.ts';
import { differingParameters, parametersOf, runColors } from '../dashboard/page/runColors.ts';
import type { RunEvent } from '../dashboard/page/runEvent.ts';
import type { RunRecord } from '../dashboard/page/runRecord.ts';
import { columnKey } from '../websocket/protocol.ts';
import { escaped } from './escaped.ts';
import { reportStyle } from './reportStyle.ts';
import { type ReportedRun, svgChart } from './svgChart.ts';

/**
 * One file that needs nothing else: charts of the runs as SVG, over each other where there are several; what happened
 * in each, with its evidence; and everything that the runs say of how they were made.
 * @throws {RangeError} when there is no run
 */
export function reportPage(records: readonly RunRecord[]): string {
  const [first] = records;
  if (first === undefined) throw new RangeError('reportPage: no run: expected one or more');
  const colors = runColors(records, undefined);
  const runs = records.map((record, index) => ({ record, color: records.length > 1 ? colors[index] : undefined }));
  const title = records.map(({ hello }) => hello.name).join(', ');
  const body = [
    `<h1>${escaped(title)}</h1>`,
    records.length > 1 ? comparison(runs) : '',
    charts(runs),
    ...records.map((record) => events(record, records.length > 1)),
    ...records.map((record) => metadata(record)),
  ];
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>`;
  return `<!doctype html><html lang="en"><head>${head}<style>${reportStyle}</style></head><body><main>${body.join('\n')}</main></body></html>\n`;
}

/** Late changes of generalisation are to be seen in the logarithm of continuous time, all else over steps. */
function axisOf(records: readonly RunRecord[]): AxisId {
  const late = records.some(({ events: all }) => all.some(({ kind }) => kind === 'transition'));
  if (late && records.every((record) => record.axis('logTime') !== undefined)) return 'logTime';
  return records.every((record) => record.axis('step') !== undefined) ? 'step' : 'row';
}

function charts(runs: readonly ReportedRun[]): string {
  const columns = runs.flatMap(({ record }) => record.hello.columns);
  const leaves = new Map(
    runs.flatMap(({ record }) => record.leaves.map((leaf) => [columnKey(leaf.path), leaf] as const)),
  );
  const { main, more } = panelsOf(columns, [...leaves.values()]);
  const axis = axisOf(runs.map(({ record }) => record));
  const isMeasured = ({ series }: Panel) =>
    series.some(({ key }) => runs.some(({ record }) => record.series(key)?.length));
  const drawn = (panels: readonly Panel[]) =>
    panels
      .filter(isMeasured)
      .map((panel) => chart(panel, runs, axis))
      .join('\n');
  const rest = drawn(more);
  return `${drawn(main)}${rest === '' ? '' : `<details><summary>More measurements</summary>${rest}</details>`}`;
}

function chart(panel: Panel, runs: readonly ReportedRun[], axis: AxisId): string {
  const swatches = panel.series.map(({ key, label, color, dashed }) => {
    const last = runs.map(({ record, color: own }) => {
      const value = record.series(key)?.last;
      return value === undefined ? '' : `<b style="color:var(--${own ?? 'ink'})">${formatNumber(value)}</b>`;
    });
    const line = runs.length > 1 ? 'muted' : color;
    const style = `border-color:var(--${line});border-top-style:${dashed ? 'dashed' : 'solid'}`;
    return `<span><i style="${style}"></i>${escaped(label)} ${last.join(' ')}</span>`;
  });
  const unit = panel.unit === '1' ? '' : `<small>${escaped(panel.unit)}</small>`;
  return `<figure><figcaption><h2>${escaped(panel.title)} ${unit}</h2>${swatches.join('')}</figcaption>${svgChart(panel, runs, axis)}</figure>`;
}

function comparison(runs: readonly ReportedRun[]): string {
  const parameters = differingParameters(runs.map(({ record }) => record)).slice(0, 8);
  const rows = runs.map(({ record, color }) => {
    const values = parametersOf(record);
    const loss = record.series('loss')?.last;
    const cells = [record.step ?? 0, loss === undefined ? '–' : formatNumber(loss), record.events.length];
    return `<tr><th scope="row"><i style="border-color:var(--${color})"></i>${escaped(record.hello.name)}</th>${parameters
      .map((name) => `<td>${escaped(String(values.get(name) ?? '–'))}</td>`)
      .join('')}${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const heads = ['run', ...parameters, 'last step', 'last loss', 'events'];
  return table(heads, rows);
}

function events(record: RunRecord, several: boolean): string {
  const { events: all } = record;
  const of = several ? ` of ${escaped(record.hello.name)}` : '';
  if (all.length === 0) return `<h2>Events${of}</h2><p>None was reported.</p>`;
  const rows = [...all].reverse().map((event) => {
    const { sentences } = evidenceOf(record, event);
    const cells = [
      formatCount(event.begin),
      `<span style="color:var(--${toneOf(event)})">${escaped(event.what)}</span>`,
      escaped(event.size ?? '–'),
      event.confidence === undefined ? '–' : percent(event.confidence),
      event.confirmedAt === undefined ? '–' : formatCount(event.confirmedAt),
      kernel(event),
      escaped(sentences.join(' ')),
    ];
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  return `<h2>Events${of}</h2>${table(['begins', 'verdict', 'size', 'sure', 'known at', 'λ', 'evidence'], rows)}`;
}

function kernel({ lambdaBefore, lambdaAfter }: RunEvent): string {
  if (lambdaBefore === undefined || lambdaAfter === undefined) return '–';
  return `${formatNumber(lambdaBefore, 3)} → ${formatNumber(lambdaAfter, 3)}`;
}

/** How the run was made: its specification, seed, backend and versions, as the file has them. */
function metadata(record: RunRecord): string {
  const rows = [...parametersOf(record)].map(
    ([name, value]) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(String(value))}</td></tr>`,
  );
  const own = `<p>${formatCount(record.rows)} rows, ${record.leaves.length} columns.</p>`;
  return `<details><summary>How ${escaped(record.hello.name)} was made</summary>${own}<table>${rows.join('')}</table></details>`;
}

function table(heads: readonly string[], rows: readonly string[]): string {
  const head = heads.map((name) => `<th scope="col">${escaped(name)}</th>`).join('');
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}
