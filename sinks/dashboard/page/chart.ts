import uPlot from 'uplot';
import { axisKind, placeText } from './axes.ts';
import { axisRange } from './axisRange.ts';
import { listenToKeys } from './chartKeys.ts';
import { align, type Mark } from './decimate.ts';
import type { PlacedEvent } from './eventMarks.ts';
import { formatNumber } from './format.ts';
import { Legend } from './legend.ts';
import { drawnLine, type Line, linesOf } from './line.ts';
import { panelActions } from './panelActions.ts';
import type { Panel } from './panels.ts';
import { type Plotted, plotOptions } from './plotOptions.ts';
import type { Scene } from './scene.ts';

/** One panel: a heading with the current values, and a plot. Draws when it is told to and can be seen. */
export class Chart implements Plotted {
  readonly element = document.createElement('section');
  readonly panel: Panel;
  readonly scene: Scene;
  readonly #legend: Legend;
  readonly #place = document.createElement('div');
  readonly #watchSize = new ResizeObserver(() => this.#resize());
  readonly #watchSight = new IntersectionObserver(([entry]) => this.#seen(entry?.isIntersecting ?? false), {
    rootMargin: '100px',
  });
  #plot: uPlot | undefined;
  #visible = false;
  #stale = true;
  x: readonly [number, number] = [0, 1];
  y: [number, number] = [0, 1];
  marks: Mark[] = [];
  events: readonly PlacedEvent[] = [];
  lines: readonly Line[];

  /** @param toggled called when a series was switched on or off */
  constructor(panel: Panel, scene: Scene, toggled: () => void) {
    this.panel = panel;
    this.scene = scene;
    this.lines = linesOf(panel, scene);
    this.element.className = 'panel';
    this.element.dataset.panel = panel.id;
    const heading = document.createElement('h2');
    heading.textContent = panel.title;
    const unit = document.createElement('small');
    unit.textContent = unitText(panel);
    heading.append(unit);
    this.#legend = new Legend(panel.series, scene, () => {
      this.draw();
      toggled();
    });
    const header = document.createElement('header');
    header.append(heading, this.#legend.element, panelActions(this));
    this.#place.className = 'plot';
    this.#place.tabIndex = 0;
    this.#place.setAttribute('role', 'img');
    this.#place.append(this.#legend.at);
    listenToKeys(this.#place, () => this.#plot, scene);
    this.element.append(header, this.#place);
    this.#watchSize.observe(this.#place);
    this.#watchSight.observe(this.#place);
  }

  /** What was drawn last. */
  get canvas(): HTMLCanvasElement | undefined {
    return this.#plot?.ctx.canvas;
  }

  /** Draws what the runs hold now, or remembers to once it is in sight. */
  draw(): void {
    this.#stale = !this.#visible;
    if (this.#stale || this.#place.clientWidth === 0) return;
    const { unit, logarithmic, limit } = this.panel;
    const [left, right] = this.scene.range;
    const buckets = Math.max(50, Math.round(this.#place.clientWidth * devicePixelRatio));
    const drawn = this.lines.map((line) => drawnLine(line, this.scene, { left, right, buckets, logarithmic }));
    this.x = [left, right];
    this.y = axisRange(drawn, { left, right, logarithmic, unit });
    // A limit that nothing comes near would press the line flat.
    if (limit !== undefined && this.y[1] > limit / 4)
      this.y = [Math.min(this.y[0], limit), Math.max(this.y[1], limit * 1.1)];
    this.marks = drawn.flatMap(({ marks }) => marks).sort((a, b) => a.x - b.x);
    this.events = this.scene.events;
    const data = align(drawn) as uPlot.AlignedData;
    if (this.#plot === undefined) {
      const { clientWidth: width, clientHeight: height } = this.#place;
      this.#plot = new uPlot(plotOptions(this, width, height), data, this.#place);
    } else this.#plot.setData(data);
    this.#describe(left, right);
    if ((this.#plot.cursor.left ?? -1) < 0) this.#legend.show(undefined);
  }

  /** Draws from scratch: the colours, the lines or the axis are others. */
  redraw(): void {
    this.lines = linesOf(this.panel, this.scene);
    this.#plot?.destroy();
    this.#plot = undefined;
    this.draw();
  }

  destroy(): void {
    this.#watchSize.disconnect();
    this.#watchSight.disconnect();
    this.#plot?.destroy();
    this.element.remove();
  }

  cursorAt(x: number | undefined): void {
    this.#legend.show(x);
  }

  isSparse({ record, series: { key } }: Line, plot: uPlot, index: number): boolean {
    const length = record.series(key)?.length ?? 0;
    let shown = 0;
    for (const value of plot.data[index] ?? []) if (value !== undefined) shown++;
    return length === 1 || (length < 0.5 * record.rows && shown < plot.width / 10);
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#place;
    if (width === 0 || height === 0) return;
    if (this.#plot === undefined) this.draw();
    else if (this.#plot.width !== width || this.#plot.height !== height) {
      this.#plot.setSize({ width, height });
      this.draw();
    }
  }

  #seen(visible: boolean): void {
    this.#visible = visible;
    if (visible && this.#stale) this.draw();
  }

  /** What one would see, for those who cannot. */
  #describe(left: number, right: number): void {
    const { focus, runs, axis } = this.scene;
    const now = this.panel.series
      .map(({ key, label }) => `${label} ${formatNumber(focus?.series(key)?.last ?? Number.NaN, 3)}`)
      .join(', ');
    const shown = this.events.filter(({ from, to }) => to >= left && from <= right).length;
    const span = axis === 'step' || axis === 'row' ? `${axis}s ${Math.round(left)} to ${Math.round(right)}` : '';
    const place = span || `${axisKind(axis).name.toLowerCase()}, ${placeText(axis, left)} to ${placeText(axis, right)}`;
    const others = runs.length > 1 ? `; ${runs.length} runs` : '';
    this.#place.setAttribute(
      'aria-label',
      `${this.panel.title}, ${place}; now ${now}; ${shown} events; ${this.marks.length} values that cannot be drawn${others}`,
    );
  }
}

function unitText({ title, unit, logarithmic }: Panel): string {
  const parts = [unit === '1' ? 'no unit' : unit, ...(logarithmic ? ['log scale'] : [])];
  return parts.filter((part) => !title.toLowerCase().includes(part.toLowerCase())).join(', ');
}
