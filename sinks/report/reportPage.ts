import { columnKey } from '../../src/formats/webSocket/protocol.ts';
import { toneOf } from '../dashboard/page/eventTone.ts';
import { evidenceOf, percent } from '../dashboard/page/evidence.ts';
import { formatCount, formatNumber } from '../dashboard/page/format.ts';
import { meanCells } from '../dashboard/page/meanCells.ts';
import { type Panel, panelsOf } from '../dashboard/page/panels.ts';
import { differingParameters, parametersOf } from '../dashboard/page/runColors.ts';
import type { RunEvent } from '../dashboard/page/runEvent.ts';
import type { RunRecord } from '../dashboard/page/runRecord.ts';
import type { Scene } from '../dashboard/page/scene.ts';
import { SeedGroup } from '../dashboard/page/seedGroup.ts';
import { unitText } from '../dashboard/page/unitText.ts';
import { escaped } from './escaped.ts';
import { plotChart } from './plotChart.ts';
import { reportStyle } from './reportStyle.ts';

/**
 * One file that needs nothing else: charts of the runs as SVG, over each other where there are several; what happened
 * in each, with its evidence; and everything that the runs say of how they were made.
 */
export function reportPage(scene: Scene): string {
  const { runs } = scene;
  const title = runs.length > 3 ? `${runs.length} runs` : runs.map(({ record }) => record.hello.name).join(', ');
  const { main, more } = reportPanels(scene);
  const rest = more.map((panel) => chart(panel, scene)).join('\n');
  const body = [
    `<h1>${escaped(title)}</h1>`,
    runs.length > 1 ? comparison(scene) : '',
    ...main.map((panel) => chart(panel, scene)),
    rest === '' ? '' : `<details><summary>More measurements</summary>${rest}</details>`,
    ...runs.map(({ record }) => events(record, runs.length > 1)),
    ...runs.map(({ record }) => metadata(record)),
  ];
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>`;
  return `<!doctype html><html lang="en"><head>${head}<style>${reportStyle}</style></head><body><main>${body.join('\n')}</main></body></html>\n`;
}

/** The charts of what was measured in any of the runs. */
export function reportPanels({ runs }: Scene): { readonly main: Panel[]; readonly more: Panel[] } {
  const columns = runs.flatMap(({ record }) => record.hello.columns);
  const leaves = new Map(
    runs.flatMap(({ record }) => record.leaves.map((leaf) => [columnKey(leaf.path), leaf] as const)),
  );
  const isMeasured = ({ series }: Panel) =>
    series.some(({ key }) => runs.some(({ record }) => record.series(key)?.length));
  const { main, more } = panelsOf(columns, [...leaves.values()]);
  return { main: main.filter(isMeasured), more: more.filter(isMeasured) };
}

function chart(panel: Panel, scene: Scene): string {
  const { shown } = scene;
  const swatches = panel.series.map(({ key, label, color, dashed }, index) => {
    const last = shown.map(({ of, color: own }) => {
      const value = of instanceof SeedGroup ? of.lastMean(key, panel.logarithmic) : of.series(key)?.last;
      return value === undefined ? '' : `<b style="color:var(--${own ?? 'ink'})">${formatNumber(value)}</b>`;
    });
    // Of several runs the colour tells the run, and the dashes the series.
    const several = shown.length > 1;
    const line = several ? 'muted' : color;
    const dashes = !several ? (dashed ? 'dashed' : 'solid') : index === 0 ? 'solid' : index === 1 ? 'dashed' : 'dotted';
    const style = `border-color:var(--${line});border-top-style:${dashes}`;
    return `<span><i style="${style}"></i>${escaped(label)} ${last.join(' ')}</span>`;
  });
  const unit = `<small>${escaped(unitText(panel, scene))}</small>`;
  return `<figure><figcaption><h2>${escaped(panel.title)} ${unit}</h2>${swatches.join('')}</figcaption>${plotChart(panel, scene)}</figure>`;
}

/** How the runs stand beside each other, with the mean over the seeds of each group that is shown by it. */
function comparison({ runs, shown }: Scene): string {
  const records = runs.map(({ record }) => record);
  const parameters = differingParameters(records).slice(0, 8);
  const row = (color: string | undefined, name: string, cells: readonly (string | number)[]) => {
    const swatch = color === undefined ? '' : `<i style="border-color:var(--${color})"></i>`;
    const data = cells.map((cell) => `<td>${escaped(String(cell))}</td>`).join('');
    return `<tr><th scope="row">${swatch}${escaped(name)}</th>${data}</tr>`;
  };
  const means = shown.flatMap(({ of, name, color }) => {
    if (!(of instanceof SeedGroup)) return [];
    const [, rows, told, ...rest] = meanCells(of, parameters, ['loss']);
    return [row(color, `Mean: ${name}`, [...rest.slice(0, -1), rows!, rest.at(-1)!, told!])];
  });
  const rows = runs.map(({ record, color }) => {
    const values = parametersOf(record);
    const loss = record.series('loss')?.last;
    const parameterCells = parameters.map((name) => String(values.get(name) ?? '–'));
    const lastLoss = loss === undefined ? '–' : formatNumber(loss);
    return row(color, record.hello.name, [...parameterCells, record.rows, lastLoss, record.events.length]);
  });
  return table(['run', ...parameters, 'rows', 'last loss', 'events'], [...means, ...rows]);
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
  const heads = ['begins', 'verdict', 'size', 'sure', 'known at', 'λ', 'evidence'];
  return `<h2>Events${of}</h2><div class="told">${table(heads, rows)}</div>`;
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
