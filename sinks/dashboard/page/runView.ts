import { Chart } from './chart.ts';
import type { PlacedSpike } from './marks.ts';
import { type Panel, panelsOf } from './panels.ts';
import type { RunRecord } from './runRecord.ts';
import type { Spike } from './spike.ts';
import { View } from './view.ts';

/** The charts of one run, which share what they show of the x axis. */
export class RunView {
  readonly view: View;
  readonly #record: RunRecord;
  readonly #charts: Chart[] = [];
  readonly #more = document.querySelector<HTMLDetailsElement>('#more')!;
  #moreCharts: Chart[] = [];
  readonly #morePanels: readonly Panel[];
  readonly #opened = () => this.#showMore();
  #byStep = true;

  constructor(record: RunRecord, zoomed: () => void) {
    this.#record = record;
    this.view = new View(() => {
      zoomed();
      this.draw();
    });
    const { main, more } = panelsOf(record.leaves);
    const place = document.querySelector<HTMLElement>('#charts')!;
    place.dataset.count = String(main.length);
    for (const panel of main) {
      const chart = new Chart(panel, record, this.view);
      this.#charts.push(chart);
      place.append(chart.element);
    }
    this.#morePanels = more;
    const count = more.reduce((sum, { series }) => sum + series.length, 0);
    this.#more.hidden = count === 0;
    this.#more.open = main.length === 0;
    this.#more.querySelector('summary')!.textContent = `${count} more measurements`;
    this.#more.addEventListener('toggle', this.#opened);
    if (this.#more.open) this.#showMore();
  }

  draw(): void {
    if (this.#byStep !== this.#record.byStep) {
      // The x axis means something else now: its label is drawn anew.
      this.#byStep = this.#record.byStep;
      this.recolor();
    }
    const spikes = this.#record.spikes.map((spike) => this.#placed(spike));
    for (const chart of [...this.#charts, ...this.#moreCharts]) chart.draw(spikes);
  }

  recolor(): void {
    for (const chart of [...this.#charts, ...this.#moreCharts]) chart.recolor();
  }

  /** Shows a spike with as much before and after it as it takes to judge it. */
  zoomTo(spike: Spike): void {
    const { from, to } = this.#placed(spike);
    const margin = Math.max(15, 1.2 * (to - from));
    const [first, last] = this.#record.extent;
    this.view.zoom(Math.max(first, from - margin), Math.min(Math.max(last, first + 1), to + margin));
  }

  destroy(): void {
    this.#more.removeEventListener('toggle', this.#opened);
    for (const chart of [...this.#charts, ...this.#moreCharts]) chart.destroy();
  }

  #showMore(): void {
    if (!this.#more.open || this.#moreCharts.length > 0) return;
    const place = this.#more.querySelector<HTMLElement>('.charts')!;
    this.#moreCharts = this.#morePanels.map((panel) => new Chart(panel, this.#record, this.view));
    place.replaceChildren(...this.#moreCharts.map(({ element }) => element));
    this.draw();
  }

  #placed(spike: Spike): PlacedSpike {
    const last = this.#record.extent[1];
    const x = (step: number) => this.#record.xOfStep(step);
    const from = x(spike.begin);
    return { spike, from, to: Math.max(from, spike.end === undefined ? last : x(spike.end)), at: x(spike.peakStep) };
  }
}
