import type { Panel } from './panels.ts';
import type { Scene } from './scene.ts';
import { SeedGroup } from './seedGroup.ts';

/** What stands beside the title of a chart: unit, scale, and what lines and bands over seeds are. */
export function unitText({ title, unit, logarithmic }: Panel, { shown, spreading }: Scene): string {
  const grouped = shown.some(({ of }) => of instanceof SeedGroup);
  const mean = logarithmic ? 'geometric mean' : 'mean';
  const parts = [
    unit === '1' ? 'no unit' : unit.replaceAll('_', ' '),
    ...(logarithmic ? ['log scale'] : []),
    ...(grouped ? [spreading === 'range' ? `${mean} and range` : `${mean} ± sd`] : []),
  ];
  return parts.filter((part) => !title.toLowerCase().includes(part.toLowerCase())).join(', ');
}
