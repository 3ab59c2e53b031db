import type { Link } from './connection.ts';
import { formatCount, formatNumber, formatSeconds } from './format.ts';
import type { RunRecord } from './runRecord.ts';
import { firstAtOrAfter, type Series } from './series.ts';

const byId = (id: string) => document.getElementById(id)!;

/** The line at the top: which run, how it stands, how far it is and how fast it goes. */
export class Heading {
  readonly #status = byId('status');

  show(record: RunRecord | undefined, link: Link): void {
    setText(byId('name'), record?.hello.name ?? 'Onager');
    const [state, text] = standing(record, link);
    this.#status.dataset.state = state;
    setText(this.#status.querySelector('span')!, text);
    const seconds = record?.series('seconds');
    setText(byId('step'), record?.step === undefined ? '–' : formatCount(record.step));
    setText(byId('elapsed'), seconds?.last === undefined ? '–' : formatSeconds(seconds.last));
    const rate = record && seconds && stepsPerSecond(record, seconds);
    setText(byId('rate'), rate === undefined ? '–' : rate < 1000 ? formatNumber(rate, 3) : formatCount(rate));
    const thinned = byId('thinned');
    thinned.hidden = record === undefined || record.thinned === 0;
    if (record !== undefined && record.thinned > 0)
      setText(thinned, `${formatCount(record.thinned)} rows by their extremes`);
    document.title = record === undefined ? 'Onager' : `${record.hello.name}, ${text}`;
  }
}

function standing(record: RunRecord | undefined, link: Link): [state: string, text: string] {
  if (record?.hello.run.startsWith('file-')) return ['complete', record.message ?? 'recorded'];
  if (link.state === 'token needed') return ['lost', 'token needed'];
  if (link.state === 'lost') {
    const wait = Math.max(0, Math.ceil((link.retryAt - Date.now()) / 1000));
    return ['lost', `reconnecting in ${wait} s`];
  }
  if (link.state === 'connecting') return ['connecting', record === undefined ? 'connecting' : 'reconnecting'];
  if (record === undefined) return ['waiting', 'waiting for the first step'];
  const { rows } = record.hello;
  if (record.rows < rows) return ['connecting', `loading ${Math.floor((100 * record.rows) / rows)} %`];
  if (record.state === 'running') return isPaused(record) ? ['waiting', 'paused'] : ['live', 'live'];
  if (record.state === 'failed') return ['failed', record.message ? `failed: ${record.message}` : 'failed'];
  return [record.state, record.state];
}

/** Whether the last that was asked of the run, of these two, was to pause. */
function isPaused({ events }: RunRecord): boolean {
  return events.find(({ what, kind }) => kind === 'control' && /^(paused|resumed)$/.test(what))?.what === 'paused';
}

/** Over the last five seconds of a run that goes on, else over all of it. */
function stepsPerSecond(record: RunRecord, { rows, y, length }: Series): number | undefined {
  if (length < 2) return undefined;
  const last = y[length - 1]!;
  const from = record.state === 'running' ? Math.min(firstAtOrAfter(y, length, last - 5), length - 2) : 0;
  const elapsed = last - y[from]!;
  return elapsed > 0 ? (record.stepOfRow(rows[length - 1]!) - record.stepOfRow(rows[from]!)) / elapsed : undefined;
}

function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
