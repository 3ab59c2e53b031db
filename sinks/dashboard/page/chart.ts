import uPlot from 'uplot';
import { axisRange } from './axisRange.ts';
import { align, type Drawn, decimate, type Mark } from './decimate.ts';
import { formatNumber } from './format.ts';
import { Legend } from './legend.ts';
import { drawBands, drawExcess, drawMarkers, drawUndrawable, drawXName, type PlacedSpike } from './marks.ts';
import type { Panel } from './panels.ts';
import type { RunRecord } from './runRecord.ts';
import { color } from './theme.ts';
import { linearTicks, logTicks } from './ticks.ts';
import type { View } from './view.ts';

const FONT = '11px system-ui, -apple-system, "Segoe UI", sans-serif';

/** One panel: a heading with the current values, and a plot. Draws when it is told to and can be seen. */
export class Chart {
  readonly element = document.createElement('section');
  readonly #panel: Panel;
  readonly #record: RunRecord;
  readonly #view: View;
  readonly #legend: Legend;
  readonly #place = document.createElement('div');
  readonly #watchSize = new ResizeObserver(() => this.#resize());
  readonly #watchSight = new IntersectionObserver(([entry]) => this.#seen(entry?.isIntersecting ?? false), {
    rootMargin: '100px',
  });
  #plot: uPlot | undefined;
  #visible = false;
  #stale = true;
  #x: readonly [number, number] = [0, 1];
  #y: [number, number] = [0, 1];
  #marks: Mark[] = [];
  #spikes: readonly PlacedSpike[] = [];

  constructor(panel: Panel, record: RunRecord, view: View) {
    this.#panel = panel;
    this.#record = record;
    this.#view = view;
    this.element.className = 'panel';
    this.element.dataset.panel = panel.id;
    const heading = document.createElement('h2');
    heading.textContent = panel.title;
    const unit = document.createElement('small');
    unit.textContent = unitText(panel);
    heading.append(unit);
    this.#legend = new Legend(panel.series, record, () => this.draw(this.#spikes));
    const header = document.createElement('header');
    header.append(heading, this.#legend.element);
    this.#place.className = 'plot';
    this.#place.setAttribute('role', 'img');
    this.#place.append(this.#legend.at);
    this.element.append(header, this.#place);
    this.#watchSize.observe(this.#place);
    this.#watchSight.observe(this.#place);
  }

  /** Draws what the record holds now, or remembers to once it is in sight. */
  draw(spikes: readonly PlacedSpike[]): void {
    this.#spikes = spikes;
    this.#stale = !this.#visible;
    if (this.#stale || this.#place.clientWidth === 0) return;
    const { series, unit, logarithmic } = this.#panel;
    const [left, right] = this.#view.range(this.#record.extent);
    const buckets = Math.max(50, Math.round(this.#place.clientWidth * devicePixelRatio));
    const drawn = series.map(({ key }): Drawn => {
      const points = this.#legend.hidden.has(key) ? undefined : this.#record.series(key);
      return points === undefined
        ? { x: [], y: [], marks: [] }
        : decimate(points, { left, right, buckets, logarithmic });
    });
    this.#x = [left, right];
    this.#y = axisRange(drawn, { left, right, logarithmic, unit });
    this.#marks = drawn.flatMap(({ marks }) => marks).sort((a, b) => a.x - b.x);
    const data = align(drawn) as uPlot.AlignedData;
    if (this.#plot === undefined) this.#plot = this.#start(data);
    else this.#plot.setData(data);
    this.#describe(left, right);
    if ((this.#plot.cursor.left ?? -1) < 0) this.#legend.show(undefined);
  }

  /** Draws again in the colours of now. */
  recolor(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.draw(this.#spikes);
  }

  destroy(): void {
    this.#watchSize.disconnect();
    this.#watchSight.disconnect();
    this.#plot?.destroy();
    this.element.remove();
  }

  #start(data: uPlot.AlignedData): uPlot {
    const { series, logarithmic, peaks, excess } = this.#panel;
    return new uPlot(
      {
        width: this.#place.clientWidth,
        height: this.#place.clientHeight,
        padding: [18, 10, 0, 0],
        legend: { show: false },
        scales: {
          x: { time: false, range: () => [...this.#x] },
          y: { distr: logarithmic ? 3 : 1, range: () => this.#y },
        },
        axes: [
          axis({
            size: 24,
            splits: (u, _axis, min, max) => linearTicks(min, max, u.width / 110).filter(Number.isInteger),
          }),
          axis({
            size: 52,
            splits: (u, _axis, min, max) => (logarithmic ? logTicks : linearTicks)(min, max, u.height / 34),
            // uPlot thins out the labels of a logarithmic axis by itself: these ticks have been chosen already.
            filter: (_u, splits) => splits,
          }),
        ],
        series: [
          {},
          ...series.map(
            ({ key, label, color: name, dashed }): uPlot.Series => ({
              label,
              stroke: color(name),
              width: 1.5,
              ...(dashed ? { dash: [5 * devicePixelRatio, 4 * devicePixelRatio] } : {}),
              points: { show: (u, index) => this.#isSparse(u, key, index), size: 4, fill: color(name) },
            }),
          ),
        ],
        cursor: {
          y: false,
          points: { size: 6 },
          drag: { x: true, y: false, setScale: false, dist: 4 },
          sync: {
            key: 'onager',
            setSeries: false,
            scales: ['x', null],
            filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' },
          },
          bind: {
            dblclick: () => () => {
              this.#view.reset();
              return null;
            },
          },
        },
        hooks: {
          drawAxes: [
            (u) => {
              drawBands(u, this.#spikes);
              if (excess) drawExcess(u);
            },
          ],
          draw: [
            (u) => {
              drawUndrawable(u, this.#marks);
              drawMarkers(u, this.#spikes, peaks);
              drawXName(u, this.#record.byStep ? 'step' : 'row');
            },
          ],
          setCursor: [
            (u) => {
              const left = u.cursor.left ?? -1;
              this.#legend.show(left < 0 ? undefined : u.posToVal(left, 'x'));
            },
          ],
          setSelect: [
            (u) => {
              const { left, width } = u.select;
              if (width < 1) return;
              const [from, to] = [u.posToVal(left, 'x'), u.posToVal(left + width, 'x')];
              u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              this.#view.zoom(from, to);
            },
          ],
        },
      },
      data,
      this.#place,
    );
  }

  /** Whether the points lie so far apart that one wants to see where they are. */
  #isSparse(u: uPlot, key: string, index: number): boolean {
    const { length } = this.#record.series(key) ?? { length: 0 };
    const [first, last] = this.#record.extent;
    const shown = u.data[index]?.length ?? 0;
    return shown <= 1 || (length < 0.5 * (last - first + 1) && shown < u.width / 10);
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#place;
    if (width === 0 || height === 0) return;
    if (this.#plot === undefined) this.draw(this.#spikes);
    else if (this.#plot.width !== width || this.#plot.height !== height) {
      this.#plot.setSize({ width, height });
      this.draw(this.#spikes);
    }
  }

  #seen(visible: boolean): void {
    this.#visible = visible;
    if (visible && this.#stale) this.draw(this.#spikes);
  }

  /** What one would see, for those who cannot. */
  #describe(left: number, right: number): void {
    const now = this.#panel.series
      .map(({ key, label }) => `${label} ${formatNumber(this.#record.series(key)?.last ?? Number.NaN, 3)}`)
      .join(', ');
    const shown = this.#spikes.filter(({ from, to }) => to >= left && from <= right).length;
    const x = this.#record.byStep ? 'steps' : 'rows';
    this.#place.setAttribute(
      'aria-label',
      `${this.#panel.title}, ${x} ${Math.round(left)} to ${Math.round(right)}; now ${now}; ${shown} spikes; ${this.#marks.length} values that cannot be drawn`,
    );
  }
}

function axis(own: uPlot.Axis): uPlot.Axis {
  return {
    font: FONT,
    gap: 4,
    stroke: color('muted'),
    grid: { stroke: color('grid'), width: 1 },
    ticks: { show: false },
    values: (_u, splits) => splits.map((tick) => formatNumber(tick, 6)),
    ...own,
  };
}

function unitText({ title, unit, logarithmic }: Panel): string {
  const parts = [unit === '1' ? 'no unit' : unit, ...(logarithmic ? ['log scale'] : [])];
  return parts.filter((part) => !title.toLowerCase().includes(part)).join(', ');
}
