import type { ColumnDescription } from '../../../src/columns.ts';
import { columnKey } from '../../../src/formats/webSocket/protocol.ts';
import { Chart } from './chart.ts';
import { type Panel, panelsOf } from './panels.ts';
import type { Scene, Shown } from './scene.ts';

/** The charts of the runs that are shown. */
export class ChartBoard {
  readonly #scene: Scene;
  readonly #toggled: () => void;
  readonly #place = document.querySelector<HTMLElement>('#charts')!;
  readonly #more = document.querySelector<HTMLDetailsElement>('#more')!;
  #charts: Chart[] = [];
  #moreCharts: Chart[] = [];
  #morePanels: readonly Panel[] = [];
  #shape = '';
  #drawn = '';
  #drawnOf: readonly Shown['of'][] = [];

  constructor(scene: Scene, toggled: () => void) {
    this.#scene = scene;
    this.#toggled = toggled;
    this.#more.addEventListener('toggle', () => this.#showMore());
  }

  /** Draws what the runs hold now; with other runs or columns than before, other charts. */
  draw(): void {
    const { runs, shown, axis, halfLife, seeds } = this.#scene;
    if (runs.length === 0) return;
    const measured = this.#measured();
    const shape = `${shown.map(({ name, color }) => `${name} ${color}`)} ${seeds} ${[...measured]}`;
    const drawn = `${axis} ${halfLife}`;
    // A run that begins anew has the name it had, and another record.
    const same = shown.every(({ of }, index) => of === this.#drawnOf[index]);
    if (shape !== this.#shape) this.#build(measured);
    else if (drawn !== this.#drawn || !same) this.redraw();
    else for (const chart of this.#all) chart.draw();
    this.#shape = shape;
    this.#drawn = drawn;
    this.#drawnOf = shown.map(({ of }) => of);
  }

  redraw(): void {
    for (const chart of this.#all) chart.redraw();
  }

  get #all(): readonly Chart[] {
    return [...this.#charts, ...this.#moreCharts];
  }

  /** The columns of which there is a value. */
  #measured(): Set<string> {
    const found = new Set<string>();
    for (const { record } of this.#scene.runs) {
      for (const { path } of record.leaves) {
        const key = columnKey(path);
        if (record.series(key)?.length) found.add(key);
      }
    }
    return found;
  }

  #build(measured: ReadonlySet<string>): void {
    for (const chart of this.#all) chart.destroy();
    const columns = unionOf(this.#scene.runs.map(({ record }) => record.hello.columns));
    const leaves = [
      ...new Map(
        this.#scene.runs.flatMap(({ record }) => record.leaves.map((leaf) => [columnKey(leaf.path), leaf] as const)),
      ).values(),
    ];
    const panels = panelsOf(columns, leaves);
    // Some columns stay empty all the way: accuracies of a task that has none.
    const isMeasured = ({ series }: Panel) => series.some(({ key }) => measured.has(key));
    const main = panels.main.filter(isMeasured);
    const more = [...panels.main.filter((panel) => !isMeasured(panel)), ...panels.more];
    this.#charts = main.map((panel) => this.#chart(panel));
    for (const [index, { element }] of this.#charts.entries()) element.dataset.span = String(spans(main)[index]);
    this.#place.replaceChildren(...this.#charts.map(({ element }) => element));
    this.#moreCharts = [];
    this.#morePanels = more;
    const count = more.reduce((sum, { series }) => sum + series.length, 0);
    this.#more.hidden = count === 0;
    // A run of unfamiliar columns only has nothing else to show.
    this.#more.open ||= main.length === 0 && measured.size > 0;
    this.#more.querySelector('summary')!.textContent = `${count} more measurement${count === 1 ? '' : 's'}`;
    this.#more.querySelector('.charts')!.replaceChildren();
    this.#showMore();
    for (const chart of this.#all) chart.draw();
  }

  #chart(panel: Panel): Chart {
    return new Chart(panel, this.#scene, this.#toggled);
  }

  #showMore(): void {
    if (!this.#more.open || this.#moreCharts.length > 0) return;
    this.#moreCharts = this.#morePanels.map((panel) => this.#chart(panel));
    for (const { element } of this.#moreCharts) element.dataset.span = '2';
    this.#more.querySelector('.charts')!.replaceChildren(...this.#moreCharts.map(({ element }) => element));
    for (const chart of this.#moreCharts) chart.draw();
  }
}

/** Sixths of the width for each chart: the first is the widest, and every line is full. */
function spans(panels: readonly Panel[]): number[] {
  const count = panels.length;
  if (count === 1) return [6];
  const rest = count - 2;
  const lastLine = rest % 3;
  return panels.map((_, index) => {
    if (index < 2) return index === 0 ? 4 : 2;
    if (lastLine === 0 || index < count - (lastLine === 1 ? 4 : 2)) return 2;
    // Four are two and two, so that none is alone.
    return lastLine === 1 && rest === 1 ? 6 : 3;
  });
}

function unionOf(all: readonly (readonly ColumnDescription[])[]): ColumnDescription[] {
  return [...new Map(all.flatMap((columns) => columns.map((column) => [column.name, column] as const))).values()];
}
