import { formatNumber } from './format.ts';
import type { PanelSeries } from './panels.ts';
import type { RunRecord } from './runRecord.ts';

/** The series of a panel with their values, now or under the cursor; each can be switched off. */
export class Legend {
  readonly element = document.createElement('ul');
  readonly hidden = new Set<string>();
  readonly #record: RunRecord;
  readonly #outputs: { readonly key: string; readonly output: HTMLElement }[] = [];
  /** Where the cursor is; lies over the plot, so that nothing moves when it comes and goes. */
  readonly at = document.createElement('p');

  constructor(series: readonly PanelSeries[], record: RunRecord, toggled: () => void) {
    this.#record = record;
    this.element.className = 'legend';
    this.at.className = 'at';
    for (const { key, label, color, dashed, column } of series) {
      const button = document.createElement('button');
      button.type = 'button';
      button.title = `${column.meaning} (${key}, ${column.unit})`;
      button.setAttribute('aria-pressed', 'true');
      const swatch = document.createElement('i');
      swatch.className = 'swatch';
      swatch.dataset.color = color;
      if (dashed) swatch.dataset.dashed = '';
      const output = document.createElement('b');
      output.dataset.key = key;
      button.append(swatch, label, output);
      button.addEventListener('click', () => {
        const shown = this.hidden.delete(key);
        if (!shown) this.hidden.add(key);
        button.setAttribute('aria-pressed', String(shown));
        toggled();
      });
      this.#outputs.push({ key, output });
      const item = document.createElement('li');
      item.append(button);
      this.element.append(item);
    }
  }

  /** Shows the values nearest to x, or the last ones. */
  show(x: number | undefined): void {
    this.at.textContent = x === undefined ? '' : `at ${Math.round(x)}`;
    for (const { key, output } of this.#outputs) {
      const series = this.#record.series(key);
      const value = x === undefined ? series?.last : series?.near(x);
      output.textContent = value === undefined ? '–' : formatNumber(value);
    }
  }
}
