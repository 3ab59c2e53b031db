import { axisKind } from './axes.ts';
import type { Line } from './line.ts';
import type { Panel } from './panels.ts';
import type { Scene } from './scene.ts';
import { firstAtOrAfter } from './series.ts';
import { color } from './theme.ts';
import { showToast } from './toast.ts';

interface Pictured {
  readonly panel: Panel;
  readonly scene: Scene;
  readonly lines: readonly Line[];
  readonly canvas: HTMLCanvasElement | undefined;
}

/** Buttons that copy what a chart shows, as a picture and as numbers. */
export function panelActions(chart: Pictured): HTMLElement {
  const place = document.createElement('div');
  place.className = 'copy';
  place.append(
    button('PNG', `Copy ${chart.panel.title} as a picture`, () => copyPicture(chart)),
    button('CSV', `Copy the numbers of ${chart.panel.title}`, () => copyNumbers(chart)),
  );
  return place;
}

function button(text: string, name: string, clicked: () => Promise<void>): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.title = name;
  made.setAttribute('aria-label', name);
  made.addEventListener('click', () => {
    clicked().catch((error: unknown) => showToast(`Not copied: ${error instanceof Error ? error.message : error}.`));
  });
  return made;
}

async function copyPicture(chart: Pictured): Promise<void> {
  const { canvas, panel } = chart;
  if (canvas === undefined) return;
  const ratio = devicePixelRatio;
  const top = 26 * ratio;
  const picture = document.createElement('canvas');
  picture.width = canvas.width;
  picture.height = canvas.height + top;
  const ctx = picture.getContext('2d')!;
  ctx.fillStyle = color('card');
  ctx.fillRect(0, 0, picture.width, picture.height);
  ctx.drawImage(canvas, 0, top);
  ctx.textBaseline = 'middle';
  let x = 8 * ratio;
  const write = (text: string, name: string, weight: number) => {
    ctx.font = `${weight} ${12 * ratio}px system-ui, sans-serif`;
    ctx.fillStyle = color(name);
    ctx.fillText(text, x, top / 2);
    x += ctx.measureText(text).width + 12 * ratio;
  };
  write(panel.title, 'ink', 600);
  for (const { label, color: name, form } of chart.lines) if (form !== 'behind') write(label, name, 500);
  const blob = await new Promise<Blob | null>((resolve) => picture.toBlob(resolve, 'image/png'));
  if (blob === null) throw new Error('the browser made no picture');
  await hand(blob, `${panel.id}.png`, 'picture');
}

async function copyNumbers(chart: Pictured): Promise<void> {
  await hand(new Blob([numbersOf(chart)], { type: 'text/plain' }), `${chart.panel.id}.csv`, 'numbers');
}

/** Every point in the part of the axis that is shown, none thinned out: run, series, step, place, value. */
export function numbersOf({ scene, lines }: Pick<Pictured, 'scene' | 'lines'>): string {
  const { axis, range } = scene;
  const { column } = axisKind(axis);
  const extra = column === 'time' || column === 'seconds' ? [column] : [];
  const rows = [['run', 'series', 'step', ...extra, 'value'].join(',')];
  for (const { record, series: panelSeries, form } of lines) {
    const series = record.series(panelSeries.key)!;
    if (form === 'smooth' || scene.hidden.has(panelSeries.key) || record.axis(axis) === undefined) continue;
    const points = record.points(panelSeries.key, series, axis);
    const end = firstAtOrAfter(points.x, points.length, range[1]);
    for (let i = firstAtOrAfter(points.x, points.length, range[0]); i < points.length; i++) {
      if (i >= end && points.x[i]! > range[1]) break;
      const at = extra.map((id) => record.axis(id)!.x[series.rows[i]!]!);
      const step = record.stepOfRow(series.rows[i]!);
      rows.push([quoted(record.hello.name), quoted(panelSeries.key), step, ...at, series.y[i]!].join(','));
    }
  }
  return `${rows.join('\n')}\n`;
}

function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** To the clipboard; where the page may not write there, as a file. */
async function hand(blob: Blob, name: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.write([new ClipboardItem({ [blob.type]: blob })]);
    showToast(`Copied the ${what}.`);
  } catch {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    showToast(`Saved the ${what} as ${name}.`);
  }
}
