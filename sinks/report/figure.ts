import type { Panel } from '../dashboard/page/panels.ts';
import type { Scene } from '../dashboard/page/scene.ts';
import { unitText } from '../dashboard/page/unitText.ts';
import { escaped } from './escaped.ts';
import { HEIGHT, plotChart, WIDTH } from './plotChart.ts';
import { light } from './reportColors.ts';

/** The font of a figure: it is in an npm package, so that text is drawn where no fonts are. */
export const FIGURE_FONT = 'DejaVu Sans';

const LINE = 17;
/** Width of a letter of the legend, on average. */
const LETTER = 6.7;

/** A piece of a line, whole, dashed and dotted. */
const signs = ['━━', '╍╍', '┉┉'] as const;

/**
 * A chart as an SVG that stands alone, on white: title, legend and plot, with every colour written out.
 * @returns the text, and the width and height of the figure in units of 1/120 inch
 */
export function figure(panel: Panel, scene: Scene): string {
  const rows = legendRows(panel, scene);
  const top = 24 + LINE * rows.length;
  const height = top + HEIGHT;
  const title =
    `<text x="12" y="18" font-size="14" font-weight="bold">${escaped(panel.title)}` +
    `<tspan dx="8" font-size="11" font-weight="normal" fill="var(--muted)">${escaped(unitText(panel, scene))}</tspan></text>`;
  const chart = plotChart(panel, scene)
    .replace(/<style>.*?<\/style>/s, '')
    .replace('<svg ', `<svg y="${top}" `)
    .replace('font-family="system-ui, sans-serif"', '');
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" ` +
    `font-family="${FIGURE_FONT}" font-size="11" color="${light.ink}" fill="${light.ink}">` +
    `<rect width="${WIDTH}" height="${height}" fill="${light.paper}"/>${title}${rows.join('')}${chart}</svg>`;
  return svg.replace(/var\(--([\w-]+)\)/g, (_, name: string) => light[name]!);
}

/** Runs by their colours where there are several, then series by their dashes; as many to a row as there is room for. */
function legendRows(panel: Panel, scene: Scene): string[] {
  const several = scene.shown.length > 1;
  const runs = several ? scene.shown.map(({ name, color }) => ({ text: name, color: color ?? 'ink', sign: '■' })) : [];
  const series = panel.series.map(({ label, color, dashed }, index) => ({
    text: label,
    color: several ? 'muted' : color,
    sign: several ? signs[Math.min(index, signs.length - 1)]! : signs[dashed ? 1 : 0]!,
  }));
  const rows: string[] = [];
  let x = Number.POSITIVE_INFINITY;
  for (const { text, color, sign } of [...runs, ...series]) {
    const width = (text.length + sign.length + 3) * LETTER;
    if (x + width > WIDTH) {
      rows.push('');
      x = 12;
    }
    const y = 18 + LINE * rows.length;
    rows[rows.length - 1] +=
      `<text x="${x.toFixed(1)}" y="${y}"><tspan fill="var(--${color})">${sign}</tspan> ${escaped(text)}</text>`;
    x += width;
  }
  return rows;
}
