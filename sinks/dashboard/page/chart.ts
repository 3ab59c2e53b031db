import uPlot from 'uplot';
import { axisKind, placeText } from './axes.ts';
import { listenToKeys } from './chartKeys.ts';
import { align, type Mark } from './decimate.ts';
import { drawnPanel } from './drawnPanel.ts';
import { formatNumber } from './format.ts';
import { Legend } from './legend.ts';
import { type Band, bandsOf, type DrawnBand, type Line, linesOf } from './line.ts';
import { panelActions } from './panelActions.ts';
import type { Panel } from './panels.ts';
import type { PlacedEvent } from './placedEvent.ts';
import { lineWidth, type Plotted, plotOptions } from './plotOptions.ts';
import type { Scene } from './scene.ts';
import { SeedGroup } from './seedGroup.ts';
import { unitText } from './unitText.ts';

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
  y: readonly [number, number] = [0, 1];
  marks: readonly Mark[] = [];
  events: readonly PlacedEvent[] = [];
  bands: readonly DrawnBand[] = [];
  lines: readonly Line[];
  #bands: readonly Band[];

  /** @param toggled called when a series was switched on or off */
  constructor(panel: Panel, scene: Scene, toggled: () => void) {
    this.panel = panel;
    this.scene = scene;
    this.lines = linesOf(panel, scene);
    this.#bands = bandsOf(panel, scene);
    this.element.className = 'panel';
    this.element.dataset.panel = panel.id;
    const heading = document.createElement('h2');
    heading.textContent = panel.title;
    const unit = document.createElement('small');
    unit.textContent = unitText(panel, scene);
    heading.append(unit);
    this.#legend = new Legend(panel, scene, () => {
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
    const buckets = Math.max(50, Math.round(this.#place.clientWidth * devicePixelRatio));
    const { lines } = this;
    const drawn = drawnPanel(this.panel, this.scene, { lines, bands: this.#bands, buckets });
    this.x = drawn.x;
    this.y = drawn.y;
    this.bands = drawn.bands;
    this.marks = drawn.marks;
    this.events = this.scene.events;
    const data = align(drawn.lines) as uPlot.AlignedData;
    if (this.#plot === undefined) {
      const { clientWidth: width, clientHeight: height } = this.#place;
      this.#plot = new uPlot(plotOptions(this, width, height), data, this.#place);
    } else {
      for (const [index, { x }] of drawn.lines.entries())
        this.#plot.series[index + 1]!.width = lineWidth(lines[index]!, x.length, buckets);
      this.#plot.setData(data);
    }
    this.#describe(...drawn.x);
    if ((this.#plot.cursor.left ?? -1) < 0) this.#legend.show(undefined);
  }

  /** Draws from scratch: the colours, the lines or the axis are others. */
  redraw(): void {
    this.lines = linesOf(this.panel, this.scene);
    this.#bands = bandsOf(this.panel, this.scene);
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

  isSparse({ of, series: { key } }: Line, plot: uPlot, index: number): boolean {
    const record = of instanceof SeedGroup ? of.records[0]! : of;
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
    if (!visible || !this.#stale) return;
    this.draw();
    // The values in the headings of this chart and its neighbours may have moved its edges, and back to where the
    // observer of its size has them.
    requestAnimationFrame(() => this.#resize());
  }

  /** What one would see, for those who cannot. */
  #describe(left: number, right: number): void {
    const { focus, runs, shown: sources, axis } = this.scene;
    const now = this.panel.series
      .flatMap(({ key, label }) => {
        const last = focus?.series(key)?.last;
        return last === undefined ? [] : [`${label} ${formatNumber(last, 3)}`];
      })
      .join(', ');
    const shown = this.events.filter(({ from, to }) => to >= left && from <= right).length;
    const span = axis === 'step' || axis === 'row' ? `${axis}s ${Math.round(left)} to ${Math.round(right)}` : '';
    const place = span || `${axisKind(axis).name.toLowerCase()}, ${placeText(axis, left)} to ${placeText(axis, right)}`;
    const means = sources.filter(({ of }) => of instanceof SeedGroup).length;
    const grouped = means === 0 ? '' : `, as ${means} ${means === 1 ? 'mean' : 'means'} over seeds`;
    const others = runs.length > 1 ? `; ${runs.length} runs${grouped}` : '';
    this.#place.setAttribute(
      'aria-label',
      `${this.panel.title}, ${place}; now ${now || 'no value'}; ${shown} events; ${this.marks.length} values that cannot be drawn${others}`,
    );
  }
}
