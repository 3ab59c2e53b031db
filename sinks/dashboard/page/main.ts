import 'uplot/dist/uPlot.min.css';
import type { Gap, ServerMessage } from '../../websocket/protocol.ts';
import { Connection, type Link } from './connection.ts';
import { EventTable } from './eventTable.ts';
import { formatCount } from './format.ts';
import { Heading } from './heading.ts';
import { RunRecord } from './runRecord.ts';
import { RunView } from './runView.ts';
import { watchTheme } from './theme.ts';
import { Tiles } from './tiles.ts';
import { showToast } from './toast.ts';
import { keepToken, tokenAtHand } from './token.ts';

const byId = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;

/** Milliseconds between two pictures: what comes in between is drawn together. */
const FRAME_MS = 80;

let record: RunRecord | undefined;
let runView: RunView | undefined;
let link: Link = { state: 'connecting' };
let scheduled = false;
let drawnAt = 0;

const heading = new Heading();
const tiles = new Tiles(byId('tiles'));
const events = new EventTable(byId('events'), (spike) => {
  runView?.zoomTo(spike);
  document.querySelector('.panel')?.scrollIntoView({ block: 'nearest' });
});
const reset = byId<HTMLButtonElement>('reset');

function drawSoon(): void {
  if (scheduled) return;
  scheduled = true;
  setTimeout(() => requestAnimationFrame(draw), Math.max(0, drawnAt + FRAME_MS - performance.now()));
}

function draw(): void {
  scheduled = false;
  drawnAt = performance.now();
  heading.show(record, link);
  if (record === undefined) return;
  tiles.show(record);
  events.show(record);
  runView?.draw();
}

function take(message: ServerMessage): void {
  if (message.type === 'hello') {
    if (record !== undefined && message.run === record.hello.run && message.from === record.rows) {
      showToast(`Connected again: going on from row ${formatCount(message.from)}.`);
    } else {
      runView?.destroy();
      tiles.clear();
      record = new RunRecord(message);
      runView = new RunView(record, () => {
        reset.hidden = !runView?.view.zoomed;
      });
      reset.hidden = true;
      byId('empty').hidden = true;
    }
  } else if (message.type === 'status') {
    if (record !== undefined && message.run === record.hello.run) {
      record.state = message.state;
      record.message = message.message;
    }
  } else if ('run' in message && message.run === record?.hello.run) {
    if (message.type === 'rows') record.takeRows(message);
    else if (message.type === 'gap') takeGap(record, message);
    else if (message.type === 'events') record.takeEvents(message);
  }
  drawSoon();
}

function takeGap(into: RunRecord, gap: Gap): void {
  into.takeGap(gap);
  const why = gap.reason === 'slow' ? 'this connection was too slow' : 'the run is too long to keep';
  showToast(`Rows ${formatCount(gap.from)} to ${formatCount(gap.to - 1)} are shown by their extremes: ${why}.`);
}

watchTheme(byId<HTMLButtonElement>('theme'), () => runView?.recolor());
reset.addEventListener('click', () => runView?.view.reset());
addEventListener('keydown', ({ key, target }) => {
  if (key === 'Escape' && !(target instanceof HTMLInputElement)) runView?.view.reset();
});

const connection = new Connection(
  {
    message: take,
    link: (now) => {
      link = now;
      if (now.state === 'lost') byId('toast').hidden = true;
      byId('token').hidden = now.state !== 'token needed';
      drawSoon();
    },
    place: () => record && { run: record.hello.run, rows: record.rows },
  },
  tokenAtHand(),
);

byId<HTMLFormElement>('token').addEventListener('submit', (submission) => {
  submission.preventDefault();
  const { value } = byId<HTMLInputElement>('token-field');
  keepToken(value);
  connection.useToken(value);
});

// The time to the next attempt counts down.
setInterval(() => {
  if (link.state === 'lost') heading.show(record, link);
}, 500);
