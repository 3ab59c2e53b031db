import type uPlot from 'uplot';
import type { Scene } from './scene.ts';

/**
 * What the mouse does, for the keyboard: arrows move the cursor, with Shift what is shown; plus and minus zoom, Home and
 * 0 show everything. And the wheel, with Ctrl so that the page can still be scrolled.
 */
export function listenToKeys(place: HTMLElement, plot: () => uPlot | undefined, scene: Scene): void {
  place.addEventListener('keydown', (press) => {
    const u = plot();
    if (u === undefined || press.ctrlKey || press.metaKey || press.altKey) return;
    const act = actionOf(press, u, scene);
    if (act === undefined) return;
    act();
    press.preventDefault();
  });
  place.addEventListener('blur', () => plot()?.setCursor({ left: -10, top: -10 }));
  place.addEventListener(
    'wheel',
    (turn) => {
      const u = plot();
      if (u === undefined || !(turn.ctrlKey || turn.metaKey)) return;
      turn.preventDefault();
      const at = turn.clientX - u.over.getBoundingClientRect().left;
      scene.scale(turn.deltaY > 0 ? 1.25 : 0.8, u.posToVal(at, 'x'));
    },
    { passive: false },
  );
}

function actionOf({ key, shiftKey }: KeyboardEvent, u: uPlot, scene: Scene): (() => void) | undefined {
  const toward = key === 'ArrowLeft' ? -1 : key === 'ArrowRight' ? 1 : 0;
  if (toward !== 0 && shiftKey) return () => scene.pan(0.2 * toward);
  if (toward !== 0) return () => moveCursor(u, toward);
  if (key === '+' || key === '=') return () => scene.scale(0.5, cursorPlace(u));
  if (key === '-' || key === '_') return () => scene.scale(2, cursorPlace(u));
  if (key === 'Home' || key === '0') return () => scene.reset();
  return undefined;
}

function cursorPlace(u: uPlot): number | undefined {
  const left = u.cursor.left ?? -1;
  return left < 0 ? undefined : u.posToVal(left, 'x');
}

function moveCursor(u: uPlot, toward: number): void {
  const { clientWidth: width, clientHeight: height } = u.over;
  const before = u.cursor.left ?? -1;
  const left = before < 0 ? width / 2 : before + (toward * width) / 100;
  // The other charts are told by the third argument, which the types leave out.
  const setCursor = u.setCursor as (at: { left: number; top: number }, fire: boolean, publish: boolean) => void;
  setCursor.call(u, { left: Math.max(0, Math.min(width, left)), top: height / 2 }, true, true);
}
