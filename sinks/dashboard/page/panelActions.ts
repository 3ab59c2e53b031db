import { csvOfChart, csvOfRuns } from './csv.ts';
import type { Line } from './line.ts';
import type { Panel } from './panels.ts';
import type { RunRecord } from './runRecord.ts';
import type { Scene } from './scene.ts';
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
  for (const { label, color: name, form } of chart.lines) if (!/^(behind|partial)$/.test(form)) write(label, name, 500);
  const blob = await new Promise<Blob | null>((resolve) => picture.toBlob(resolve, 'image/png'));
  if (blob === null) throw new Error('the browser made no picture');
  await hand(blob, `${panel.id}.png`, 'picture');
}

async function copyNumbers(chart: Pictured): Promise<void> {
  await hand(
    new Blob([csvOfChart(chart.scene, chart.panel)], { type: 'text/plain' }),
    `${chart.panel.id}.csv`,
    'numbers',
  );
}

/** Saves every number of whole runs, whatever part of them is shown. */
export function saveRuns(records: readonly RunRecord[]): void {
  const name = records.length === 1 ? records[0]!.hello.name : `${records.length} runs`;
  save(new Blob([...csvOfRuns(records)], { type: 'text/csv' }), `${name.replace(/[^\p{L}\p{N}.=_-]+/gu, '-')}.csv`);
}

/** To the clipboard; where the page may not write there, as a file. */
async function hand(blob: Blob, name: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.write([new ClipboardItem({ [blob.type]: blob })]);
    showToast(`Copied the ${what}.`);
  } catch {
    save(blob, name);
  }
}

function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  showToast(`Saved ${name}.`);
}
