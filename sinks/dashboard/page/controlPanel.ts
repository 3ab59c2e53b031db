import type { Answer, ClientMessage } from '../../../src/formats/webSocket/protocol.ts';
import { columnKey } from '../../../src/formats/webSocket/protocol.ts';
import type { ControlMessage } from '../../../src/training/control.ts';
import { formatNumber } from './format.ts';
import type { RunRecord } from './runRecord.ts';
import { controlToken, keepControlToken } from './token.ts';

/** The slider reaches from a hundredth of the critical rate to four times it, in as many places. */
const PLACES = 400;
const LOWEST = 0.01;
const HIGHEST = 4;

/** Asks the run for what a person wants of it, with the control token. */
export class ControlPanel {
  readonly #element: HTMLElement;
  readonly #send: (message: ClientMessage) => void;
  readonly #token: HTMLFormElement;
  readonly #actions: HTMLElement;
  readonly #slider: HTMLInputElement;
  readonly #field: HTMLInputElement;
  readonly #said: HTMLElement;
  #record: RunRecord | undefined;
  #open = false;
  #asked = 0;
  #scale = 1;
  #touched = false;

  constructor(element: HTMLElement, toggle: HTMLButtonElement, send: (message: ClientMessage) => void) {
    this.#element = element;
    this.#send = send;
    const find = <E extends HTMLElement>(selector: string) => element.querySelector<E>(selector)!;
    this.#token = find('form.unlock');
    this.#actions = find('.actions');
    this.#slider = find('input[type="range"]');
    this.#field = find('#rate-field');
    this.#said = find('output');
    toggle.addEventListener('click', () => {
      element.hidden = !element.hidden;
      toggle.setAttribute('aria-expanded', String(!element.hidden));
      this.#arrange();
      if (!element.hidden) (this.#open ? this.#slider : find<HTMLInputElement>('#control-field')).focus();
    });
    this.#token.addEventListener('submit', (submission) => {
      submission.preventDefault();
      this.#authorize(find<HTMLInputElement>('#control-field').value);
    });
    for (const button of this.#actions.querySelectorAll<HTMLButtonElement>('[data-action]')) {
      const type = button.dataset.action as 'pause' | 'resume' | 'checkpoint' | 'stop';
      button.addEventListener('click', () => this.#act({ type }));
    }
    this.#slider.addEventListener('input', () => {
      this.#touched = true;
      this.#field.value = String(Number(this.#rateAt(this.#slider.valueAsNumber).toPrecision(3)));
      this.#tellSlider();
    });
    this.#slider.addEventListener('change', () => this.#setRate());
    find('form.rate').addEventListener('submit', (submission) => {
      submission.preventDefault();
      this.#setRate();
    });
  }

  /** A connection is there, on which nobody has said yet who they are. */
  connected(): void {
    this.#open = false;
    const token = controlToken();
    if (token !== undefined) this.#authorize(token);
    this.#arrange();
  }

  answer({ id, accepted, reason }: Answer): void {
    if (id?.startsWith('authorize')) {
      this.#open = accepted;
      if (!accepted) keepControlToken(undefined);
      this.#said.textContent = accepted ? '' : `Not let in: ${reason ?? 'no reason given'}.`;
      this.#arrange();
    } else if (id?.startsWith('control')) {
      this.#said.textContent = accepted ? 'Handed to the trainer.' : `Refused: ${reason ?? 'no reason given'}.`;
    }
  }

  show(record: RunRecord): void {
    if (record !== this.#record) this.#touched = false;
    this.#record = record;
    if (this.#element.hidden) return;
    const over = record.state !== 'running';
    for (const control of this.#actions.querySelectorAll<HTMLInputElement>('button, input')) control.disabled = over;
    const critical = this.#critical;
    const rate = this.#rate;
    const scale = critical ?? rate ?? 1;
    const mark = this.#actions.querySelector<HTMLElement>('.critical')!;
    mark.hidden = critical === undefined;
    // The thumb, 16 pixels wide, stays within the track.
    mark.style.left = `calc(8px + ${placeOf(1)} * (100% - 16px))`;
    mark.textContent = critical === undefined ? '' : `critical ${formatNumber(critical, 3)}`;
    if (this.#touched && document.activeElement === this.#slider) return;
    this.#scale = scale;
    if (rate === undefined || document.activeElement === this.#field) return;
    this.#slider.value = String(Math.round(PLACES * placeOf(rate / scale)));
    this.#field.value = String(Number(rate.toPrecision(4)));
    this.#tellSlider();
  }

  get #rate(): number | undefined {
    return this.#lastOf(false);
  }

  get #critical(): number | undefined {
    const critical = this.#lastOf(true);
    return critical !== undefined && critical > 0 && Number.isFinite(critical) ? critical : undefined;
  }

  /** The last learning rate that was used, or the last critical one. */
  #lastOf(critical: boolean): number | undefined {
    const leaf = this.#record?.leaves.find(
      ({ path, column }) => column.unit === 'learning rate' && /critical/i.test(path.at(-1)!) === critical,
    );
    return leaf && this.#record?.series(columnKey(leaf.path))?.last;
  }

  #rateAt(place: number): number {
    return this.#scale * LOWEST * (HIGHEST / LOWEST) ** (place / PLACES);
  }

  #tellSlider(): void {
    const rate = Number(this.#field.value);
    const critical = this.#critical;
    const ratio = critical === undefined ? '' : `, ${formatNumber(rate / critical, 3)} times the critical rate`;
    this.#slider.setAttribute('aria-valuetext', `${formatNumber(rate, 3)}${ratio}`);
    this.#actions.querySelector('.ratio')!.textContent =
      critical === undefined ? '' : `${formatNumber(rate / critical, 3)} × critical`;
    this.#actions.toggleAttribute('data-above', critical !== undefined && rate > critical);
  }

  #setRate(): void {
    const value = Number(this.#field.value);
    this.#touched = false;
    if (this.#field.value.trim() === '' || !(value >= 0)) this.#said.textContent = 'Expected a rate, 0 or more.';
    else this.#act({ type: 'setLearningRate', value });
  }

  #act(action: ControlMessage): void {
    if (this.#record === undefined) return;
    this.#said.textContent = 'Asking …';
    this.#send({ type: 'control', run: this.#record.hello.run, action, id: `control-${++this.#asked}` });
  }

  #authorize(token: string): void {
    keepControlToken(token);
    this.#send({ type: 'authorize', token, id: `authorize-${++this.#asked}` });
  }

  #arrange(): void {
    this.#token.hidden = this.#open;
    this.#actions.hidden = !this.#open;
    if (this.#record !== undefined) this.show(this.#record);
  }
}

/** Where on the slider, from 0 to 1, so many times the critical rate are. */
function placeOf(ratio: number): number {
  return Math.max(0, Math.min(1, Math.log(ratio / LOWEST) / Math.log(HIGHEST / LOWEST)));
}
