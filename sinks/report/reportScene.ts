import { arrangement } from '../dashboard/page/arrangement.ts';
import type { AxisId } from '../dashboard/page/axes.ts';
import type { RunRecord } from '../dashboard/page/runRecord.ts';
import { Scene, type Seeds } from '../dashboard/page/scene.ts';

/** How the runs of a report are drawn. */
interface ReportOptions {
  /** Whether runs that differ only in their seed share a line, and what the band around it shows. Default: each has its own. */
  readonly seeds?: Seeds | undefined;
  /** The parameter that tells the colours, by the way to it: `model.widths.0`. Default: each run or group its own. */
  readonly colorBy?: string | undefined;
}

/**
 * The runs as the page would show them: over the axis that suits them, from first row to last.
 * @throws {RangeError} when there is no run
 */
export function reportScene(records: readonly RunRecord[], { seeds = 'each', colorBy }: ReportOptions): Scene {
  if (records.length === 0) throw new RangeError('reportScene: no run: expected one or more');
  const scene = new Scene(() => {});
  const { runs, shown } = arrangement(records, colorBy, seeds);
  scene.runs = runs;
  scene.shown = shown;
  scene.groupSeeds(seeds);
  scene.setAxis(axisOf(records));
  return scene;
}

/** Late changes of generalisation are to be seen in the logarithm of continuous time, all else over steps. */
function axisOf(records: readonly RunRecord[]): AxisId {
  const late = records.some(({ events }) => events.some(({ kind }) => kind === 'transition'));
  if (late && records.every((record) => record.axis('logTime') !== undefined)) return 'logTime';
  return records.every((record) => record.axis('step') !== undefined) ? 'step' : 'row';
}
