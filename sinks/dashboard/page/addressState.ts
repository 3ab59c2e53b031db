import { type AxisId, axisKinds } from './axes.ts';
import type { RunBook } from './runBook.ts';
import type { Scene, Seeds } from './scene.ts';

/** What of the page an address tells, so that it can be shared: never a token. */
export interface AddressState {
  /** Undefined for the one that suits the run. */
  readonly axis: AxisId | undefined;
  readonly window: readonly [number, number] | undefined;
  readonly halfLife: number;
  readonly hidden: readonly string[];
  readonly event: string | undefined;
  readonly runs: readonly string[];
  readonly seeds: Seeds;
  /** The parameter that tells the colours of runs. */
  readonly colorBy: string | undefined;
}

const seedChoices: readonly Seeds[] = ['each', 'range', 'deviation'];

export function readAddress(hash: string): AddressState {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const list = (name: string) => given.get(name)?.split(',').filter(Boolean) ?? [];
  const axis = axisKinds.find(({ id }) => id === given.get('axis'))?.id;
  const [left, right] = (given.get('x') ?? '').split('~').map(Number);
  const halfLife = Number(given.get('smooth'));
  return {
    axis,
    window: left !== undefined && right !== undefined && right > left ? [left, right] : undefined,
    halfLife: halfLife > 0 && Number.isFinite(halfLife) ? halfLife : 0,
    hidden: list('hide'),
    event: given.get('event') ?? undefined,
    runs: list('runs'),
    seeds: seedChoices.find((choice) => choice === given.get('seeds')) ?? 'each',
    colorBy: given.get('color') ?? undefined,
  };
}

/** The part of the address behind `#`, empty where all is as at first. */
export function addressOf(scene: Scene, book: RunBook, colorBy: string | undefined): string {
  const state = new URLSearchParams();
  if (scene.wantedAxis !== undefined) state.set('axis', scene.wantedAxis);
  if (scene.chosen !== undefined) state.set('x', scene.chosen.map((x) => Number(x.toPrecision(9))).join('~'));
  if (scene.halfLife > 0) state.set('smooth', String(scene.halfLife));
  if (scene.hidden.size > 0) state.set('hide', [...scene.hidden].join(','));
  if (scene.selected !== undefined) state.set('event', scene.selected);
  if (!book.following && book.shown.length > 0) {
    state.set('runs', book.shown.join(','));
    if (scene.seeds !== 'each') state.set('seeds', scene.seeds);
    if (colorBy !== undefined) state.set('color', colorBy);
  }
  return state.toString();
}

let writing: ReturnType<typeof setTimeout> | undefined;

/** Puts the state into the address a moment after the last change: browsers take no more than some changes a second. */
export function writeAddressSoon(scene: Scene, book: RunBook, colorBy: string | undefined): void {
  clearTimeout(writing);
  writing = setTimeout(() => {
    const state = addressOf(scene, book, colorBy);
    history.replaceState(null, '', location.pathname + (state === '' ? '' : `#${state}`));
  }, 250);
}
