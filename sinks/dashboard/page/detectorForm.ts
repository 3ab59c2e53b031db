import type { DetectorSettings } from './redetect.ts';
import type { Report } from './runEvent.ts';
import type { RunRecord } from './runRecord.ts';
import { showToast } from './toast.ts';

/** Runs the detectors of rises again over a run that is over, with other settings. */
export class DetectorForm {
  readonly #details: HTMLDetailsElement;
  readonly #recorded: HTMLElement;
  /** What was reported at first. */
  readonly #before = new WeakMap<RunRecord, readonly Report[]>();
  #record: RunRecord | undefined;

  constructor(details: HTMLDetailsElement, changed: () => void) {
    this.#details = details;
    this.#recorded = details.querySelector('#as-recorded')!;
    details.querySelector('form')!.addEventListener('submit', (submission) => {
      submission.preventDefault();
      this.#run(submission.target as HTMLFormElement)
        .then(changed)
        .catch((error: unknown) => showToast(`${error instanceof Error ? error.message : error}.`));
    });
    this.#recorded.addEventListener('click', () => {
      const before = this.#record && this.#before.get(this.#record);
      if (this.#record === undefined || before === undefined) return;
      this.#record.setEvents(before);
      this.#before.delete(this.#record);
      changed();
    });
  }

  show(record: RunRecord): void {
    this.#record = record;
    this.#details.hidden = record.state === 'running' || record.series('loss') === undefined;
    this.#recorded.hidden = !this.#before.has(record);
  }

  async #run(form: HTMLFormElement): Promise<void> {
    const record = this.#record;
    if (record === undefined) return;
    const settings: DetectorSettings = Object.fromEntries(
      [...new FormData(form)].flatMap(([name, value]) => (value === '' ? [] : [[name, Number(value)]])),
    );
    const { redetect } = await import('./redetect.ts');
    const found = redetect(record, settings);
    const before = this.#before.get(record) ?? record.reports;
    this.#before.set(record, before);
    const others = before.filter(({ event }) => event.kind !== undefined && event.kind !== 'spike');
    record.setEvents([...others, ...found]);
    const rises = new Set(found.map(({ begin }) => begin)).size;
    showToast(`${rises} ${rises === 1 ? 'rise' : 'rises'} with these settings.`);
  }
}
