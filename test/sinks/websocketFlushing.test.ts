import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Flushing } from '../../sinks/websocket/flushing.ts';
import type { Viewer } from '../../sinks/websocket/viewer.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** A client with so much to come, whose socket takes one frame and is full then. */
class NarrowClient {
  left: number;
  sent = 0;
  room = true;
  readonly inHistory: boolean;

  constructor(left: number, inHistory: boolean) {
    this.left = left;
    this.inHistory = inHistory;
  }

  get behind(): boolean {
    return this.left > 0;
  }

  sendNext(): boolean {
    if (!this.room || this.left === 0) return false;
    this.room = false;
    this.left--;
    this.sent++;
    return true;
  }
}

function flushed(inHistory: boolean, training: boolean) {
  const client = new NarrowClient(10, inHistory);
  const flushing = new Flushing(new Set([client as unknown as Viewer]));
  flushing.running = training;
  if (training) flushing.rowCame();
  else flushing.soon();
  vi.advanceTimersByTime(1);
  expect(client.sent).toBe(1);
  return {
    client,
    /** Time passes, then the socket has room again. */
    roomAfter(milliseconds: number) {
      vi.advanceTimersByTime(milliseconds);
      client.room = true;
      flushing.roomMade();
    },
  };
}

it.each([
  ['history while a run trains', true, true],
  ['history when none does', true, false],
  ['live rows when none does', false, false],
])('a socket that has room again gets more at once: %s', (_what, inHistory, training) => {
  const { client, roomAfter } = flushed(inHistory, training);
  for (let frames = 2; frames <= 10; frames++) {
    roomAfter(3);
    vi.advanceTimersByTime(1);
    expect(client.sent).toBe(frames);
  }
});

it('live rows wait for the end of the pause while a run trains', () => {
  const { client, roomAfter } = flushed(false, true);
  roomAfter(3);
  vi.advanceTimersByTime(40);
  expect(client.sent).toBe(1);
  vi.advanceTimersByTime(10);
  expect(client.sent).toBe(2);
});

it('a client that does not read is looked at now and then', () => {
  const { client } = flushed(true, false);
  vi.advanceTimersByTime(200);
  client.room = true;
  vi.advanceTimersByTime(51);
  expect(client.sent).toBe(2);
});
