import { type AxisId, axisKinds } from './axes.ts';
import { saveRuns } from './panelActions.ts';
import type { Scene } from './scene.ts';

/** Half-lives that the smoothing slider goes through, in rows. */
const halfLives = [0, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** What all charts show: the axis, smoothing, zoom. */
export class Toolbar {
  readonly #scene: Scene;
  readonly #axes: HTMLElement;
  readonly #slider: HTMLInputElement;
  readonly #told: HTMLElement;
  readonly #reset: HTMLButtonElement;
  readonly #sideways: readonly HTMLButtonElement[];
  #offered = '';

  constructor(element: HTMLElement, scene: Scene) {
    this.#scene = scene;
    const find = <E extends HTMLElement>(id: string) => element.querySelector<E>(`#${id}`)!;
    this.#axes = find('axes');
    this.#slider = find('smoothing');
    this.#told = find('smoothing-told');
    this.#reset = find('reset');
    this.#sideways = [find('pan-left'), find('pan-right')];
    this.#slider.max = String(halfLives.length - 1);
    this.#slider.addEventListener('input', () => scene.smooth(halfLives[this.#slider.valueAsNumber]!));
    find('zoom-in').addEventListener('click', () => scene.scale(0.5));
    find('zoom-out').addEventListener('click', () => scene.scale(2));
    this.#sideways[0]!.addEventListener('click', () => scene.pan(-0.5));
    this.#sideways[1]!.addEventListener('click', () => scene.pan(0.5));
    find('save-all').addEventListener('click', () => saveRuns(scene.runs.map(({ record }) => record)));
    this.#reset.addEventListener('click', () => scene.reset());
    this.#axes.addEventListener('change', (change) =>
      scene.setAxis((change.target as HTMLInputElement).value as AxisId),
    );
  }

  show(): void {
    const { focus, axis, halfLife, chosen } = this.#scene;
    this.#reset.hidden = chosen === undefined;
    for (const button of this.#sideways) button.hidden = chosen === undefined;
    const place = halfLives.findIndex((each) => each >= halfLife);
    this.#slider.value = String(place < 0 ? halfLives.length - 1 : place);
    this.#told.textContent = halfLife === 0 ? 'off' : `${halfLife} rows`;
    this.#slider.setAttribute('aria-valuetext', halfLife === 0 ? 'off' : `half-life ${halfLife} rows`);
    // Rows are of interest only where steps cannot be drawn over.
    const kinds = axisKinds.filter(({ id }) =>
      id === 'row' ? focus?.axis('step') === undefined : focus?.axis(id) !== undefined,
    );
    const offered = kinds.map(({ id }) => id).join();
    if (offered !== this.#offered) {
      this.#offered = offered;
      this.#axes.querySelectorAll('label').forEach((label) => {
        label.remove();
      });
      this.#axes.append(
        ...kinds.map(({ id, name }) => {
          const label = document.createElement('label');
          const radio = Object.assign(document.createElement('input'), { type: 'radio', name: 'axis', value: id });
          label.append(radio, Object.assign(document.createElement('span'), { textContent: name }));
          return label;
        }),
      );
    }
    for (const radio of this.#axes.querySelectorAll('input')) radio.checked = radio.value === axis;
  }
}
