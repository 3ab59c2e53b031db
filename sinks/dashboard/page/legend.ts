import { placeText } from './axes.ts';
import { formatNumber } from './format.ts';
import type { Panel } from './panels.ts';
import type { Scene, Shown } from './scene.ts';
import { SeedGroup } from './seedGroup.ts';
import { nearest } from './series.ts';
import { color } from './theme.ts';

/** Runs or groups whose values are told: more would not fit. */
const MOST = 4;

/** The series of a panel with their values, now or under the cursor; each can be switched off. */
export class Legend {
  readonly element = document.createElement('ul');
  /** Where the cursor is; lies over the plot, so that nothing moves when it comes and goes. */
  readonly at = document.createElement('p');
  readonly #scene: Scene;
  readonly #logarithmic: boolean;
  readonly #outputs: { readonly key: string; readonly output: HTMLElement }[] = [];

  constructor({ series, logarithmic }: Panel, scene: Scene, toggled: () => void) {
    this.#scene = scene;
    this.#logarithmic = logarithmic;
    this.element.className = 'legend';
    this.at.className = 'at';
    this.at.setAttribute('role', 'status');
    const alone = scene.shown.length < 2;
    for (const [index, { key, label, color: name, dashed, column }] of series.entries()) {
      const button = document.createElement('button');
      button.type = 'button';
      button.title = `${column.meaning} (${key}, ${column.unit})`;
      button.setAttribute('aria-pressed', String(!scene.hidden.has(key)));
      const swatch = document.createElement('i');
      swatch.className = 'swatch';
      if (alone) swatch.dataset.color = name;
      if (alone ? dashed : index > 0) swatch.dataset.dashed = alone || index === 1 ? 'dashed' : 'dotted';
      const output = document.createElement('b');
      output.dataset.key = key;
      button.append(swatch, label, output);
      button.addEventListener('click', () => {
        const shown = scene.hidden.delete(key);
        if (!shown) scene.hidden.add(key);
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
    const { shown, axis } = this.#scene;
    setText(this.at, x === undefined ? '' : `at ${placeText(axis, x).replace(/^(step|row) /, '')}`);
    for (const { key, output } of this.#outputs) {
      const told = shown.slice(0, MOST).map(({ of, color: name }) => ({ text: this.#value(of, key, x), name }));
      if (told.length === 1) setText(output, told[0]!.text);
      else {
        output.replaceChildren(
          ...told.map(({ text, name }) => {
            const part = document.createElement('span');
            part.textContent = `${text} `;
            part.style.color = color(name ?? 'ink');
            return part;
          }),
        );
      }
    }
  }

  #value(of: Shown['of'], key: string, x: number | undefined): string {
    const { axis, spreading } = this.#scene;
    if (of instanceof SeedGroup) {
      const logarithmic = this.#logarithmic;
      return formatNumber(
        x === undefined
          ? of.lastMean(key, logarithmic)
          : of.meanAt(key, x, { axis, logarithmic, spreading, halfLife: 0 }),
      );
    }
    const series = of.series(key);
    if (series === undefined || series.length === 0) return '–';
    if (x === undefined || of.axis(axis) === undefined) return formatNumber(series.last!);
    const points = of.points(key, series, axis);
    return formatNumber(points.y[nearest(points.x, points.length, x)]!);
  }
}

function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
