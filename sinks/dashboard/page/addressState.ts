import { type AxisId, axisKinds } from './axes.ts';
import type { RunBook } from './runBook.ts';
import type { Scene } from './scene.ts';

/** What of the page an address tells, so that it can be shared: never a token. */
export interface AddressState {
  readonly axis: AxisId;
  readonly window: readonly [number, number] | undefined;
  readonly halfLife: number;
  readonly hidden: readonly string[];
  readonly event: string | undefined;
  readonly runs: readonly string[];
}

export function readAddress(hash: string): AddressState {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const list = (name: string) => given.get(name)?.split(',').filter(Boolean) ?? [];
  const axis = axisKinds.find(({ id }) => id === given.get('axis'))?.id ?? 'step';
  const [left, right] = (given.get('x') ?? '').split('~').map(Number);
  const halfLife = Number(given.get('smooth'));
  return {
    axis,
    window: left !== undefined && right !== undefined && right > left ? [left, right] : undefined,
    halfLife: halfLife > 0 && Number.isFinite(halfLife) ? halfLife : 0,
    hidden: list('hide'),
    event: given.get('event') ?? undefined,
    runs: list('runs'),
  };
}

/** The part of the address behind `#`, empty where all is as at first. */
export function addressOf(scene: Scene, book: RunBook): string {
  const state = new URLSearchParams();
  if (scene.wantedAxis !== 'step') state.set('axis', scene.wantedAxis);
  if (scene.chosen !== undefined) state.set('x', scene.chosen.map((x) => Number(x.toPrecision(9))).join('~'));
  if (scene.halfLife > 0) state.set('smooth', String(scene.halfLife));
  if (scene.hidden.size > 0) state.set('hide', [...scene.hidden].join(','));
  if (scene.selected !== undefined) state.set('event', scene.selected);
  if (!book.following && book.shown.length > 0) state.set('runs', book.shown.join(','));
  return state.toString();
}

let writing: ReturnType<typeof setTimeout> | undefined;

/** Puts the state into the address a moment after the last change: browsers take no more than some changes a second. */
export function writeAddressSoon(scene: Scene, book: RunBook): void {
  clearTimeout(writing);
  writing = setTimeout(() => {
    const state = addressOf(scene, book);
    history.replaceState(null, '', location.pathname + (state === '' ? '' : `#${state}`));
  }, 250);
}
