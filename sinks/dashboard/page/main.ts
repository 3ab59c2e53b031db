import 'uplot/dist/uPlot.min.css';
import { readAddress, writeAddressSoon } from './addressState.ts';
import { arrangement } from './arrangement.ts';
import { ChartBoard } from './chartBoard.ts';
import { Connection, type Link } from './connection.ts';
import { ControlPanel } from './controlPanel.ts';
import { DetectorForm } from './detectorForm.ts';
import { takeFiles } from './dropZone.ts';
import { EventTable, type ListedEvent } from './eventTable.ts';
import { EvidenceCard } from './evidenceCard.ts';
import { formatCount } from './format.ts';
import { Heading } from './heading.ts';
import type { LiveMessage } from './liveFrames.ts';
import { RunBook } from './runBook.ts';
import { RunTable } from './runTable.ts';
import { Scene } from './scene.ts';
import { watchTheme } from './theme.ts';
import { Tiles } from './tiles.ts';
import { showToast } from './toast.ts';
import { controlToken, keepToken, tokenAtHand } from './token.ts';
import { Toolbar } from './toolbar.ts';

const byId = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;

/** Milliseconds between two pictures of what comes, live and while the past is loaded. What a person does is drawn at once. */
const FRAME_MS = { live: 80, loading: 300 };

let link: Link = { state: 'connecting' };
let scheduled: 'soon' | 'now' | undefined;
let drawnAt = 0;

// The tokens first: reading them clears the address of them.
const token = tokenAtHand();
controlToken();
const address = readAddress(location.hash);

/** The parameter that tells the colours of runs. */
let parameter = address.colorBy;

const scene = new Scene(() => {
  drawNow();
  writeAddress();
});
const book = new RunBook(
  {
    send: (message) => connection.send(message),
    say: showToast,
    changed() {
      arrangeRuns();
      writeAddress();
    },
  },
  address.runs,
);
const board = new ChartBoard(scene, writeAddress);
const heading = new Heading();
const toolbar = new Toolbar(byId('toolbar'), scene);
const tiles = new Tiles(byId('tiles'));
const runTable = new RunTable(byId('runs'), book, {
  colored(chosen) {
    parameter = chosen;
    arrangeRuns();
    writeAddress();
  },
  grouped(seeds) {
    scene.groupSeeds(seeds);
    arrangeRuns();
  },
});
const eventTable = new EventTable(byId('events'), choose);
const card = new EvidenceCard(byId('evidence'), () => scene.select(undefined));
const control = new ControlPanel(byId('control'), byId<HTMLButtonElement>('control-toggle'), (message) =>
  connection.send(message),
);
const detectors = new DetectorForm(byId<HTMLDetailsElement>('detectors'), drawNow);

scene.setAxis(address.axis);
scene.smooth(address.halfLife);
scene.groupSeeds(address.seeds);
for (const key of address.hidden) scene.hidden.add(key);
scene.select(address.event);
if (address.window !== undefined) scene.zoom(...address.window);

function writeAddress(): void {
  writeAddressSoon(scene, book, parameter);
}

/** The runs that are shown have changed, or what tells their colours. */
function arrangeRuns(): void {
  const { records } = book;
  const before = scene.focus;
  const { runs, shown } = arrangement(records, parameter, scene.seeds, scene.shown);
  scene.runs = runs;
  scene.shown = shown;
  // Another run has other events and another extent; but an address may have told both before the first run came.
  if (before !== undefined && scene.focus !== before && scene.focus?.hello.run !== before.hello.run) {
    scene.select(undefined);
    scene.reset();
  }
  drawNow();
}

/** Looks at an event; of another run than the one whose events are told, that run then is the one. */
function choose({ record, event }: ListedEvent): void {
  const { run } = record.hello;
  if (record !== scene.focus) book.show([run, ...book.shown.filter((other) => other !== run)]);
  scene.select(event.id);
  scene.zoomTo(event);
  document.querySelector('.panel')?.scrollIntoView({ block: 'nearest' });
}

function drawSoon(): void {
  if (scheduled !== undefined) return;
  scheduled = 'soon';
  const { focus } = scene;
  const pause = focus !== undefined && focus.rows < focus.hello.rows ? FRAME_MS.loading : FRAME_MS.live;
  setTimeout(() => requestAnimationFrame(draw), Math.max(0, drawnAt + pause - performance.now()));
}

function drawNow(): void {
  if (scheduled === 'now') return;
  scheduled = 'now';
  requestAnimationFrame(draw);
}

function draw(): void {
  // Of two that were asked for the second finds everything done.
  if (scheduled === undefined) return;
  scheduled = undefined;
  drawnAt = performance.now();
  const { focus } = scene;
  heading.show(focus, link);
  toolbar.show();
  runTable.show(scene, parameter);
  byId('empty').hidden = focus !== undefined;
  byId('toolbar').hidden = focus === undefined;
  if (focus === undefined) return;
  tiles.show(focus);
  control.show(focus);
  detectors.show(focus);
  const { events } = focus;
  eventTable.show(scene.runs, scene.selected);
  card.show(
    focus,
    events.find(({ id }) => id === scene.selected),
  );
  board.draw();
}

function take(message: LiveMessage): void {
  if (message.type === 'answer') control.answer(message);
  book.take(message);
  if (message.type === 'gap') {
    const why = message.reason === 'slow' ? 'this connection was too slow' : 'the run is too long to keep';
    showToast(
      `Rows ${formatCount(message.from)} to ${formatCount(message.to - 1)} are shown by their extremes: ${why}.`,
    );
  }
  drawSoon();
}

/** From one event of the run to the next in time, with the keys n and p. */
function chooseNeighbour(toward: 1 | -1): void {
  const events = eventTable.listed
    .filter(({ record }) => record === scene.focus)
    .sort((a, b) => a.event.begin - b.event.begin);
  const at = events.findIndex(({ event }) => event.id === scene.selected);
  const next = events[at < 0 ? (toward > 0 ? 0 : events.length - 1) : at + toward];
  if (next !== undefined) choose(next);
}

watchTheme(byId<HTMLButtonElement>('theme'), () => board.redraw());
takeFiles(byId<HTMLInputElement>('file'), (record) => book.addFile(record));
addEventListener('keydown', ({ key, target, ctrlKey, metaKey, altKey }) => {
  if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement || ctrlKey || metaKey || altKey) return;
  if (key === 'Escape') {
    scene.select(undefined);
    scene.reset();
  } else if (key === 'n') chooseNeighbour(1);
  else if (key === 'p') chooseNeighbour(-1);
});

const connection: Connection = new Connection(
  {
    message: take,
    link: (now) => {
      link = now;
      if (now.state === 'lost') byId('toast').hidden = true;
      if (now.state === 'open') control.connected();
      byId('token').hidden = now.state !== 'token needed';
      drawSoon();
    },
    places: () => book.connecting(),
  },
  token,
);

byId<HTMLFormElement>('token').addEventListener('submit', (submission) => {
  submission.preventDefault();
  const { value } = byId<HTMLInputElement>('token-field');
  keepToken(value);
  connection.useToken(value);
});

// The time to the next attempt counts down.
setInterval(() => {
  if (link.state === 'lost') heading.show(scene.focus, link);
}, 500);
