import { CatapultDetector } from '../src/detectors/catapultDetector.ts';
import { DivergenceDetector } from '../src/detectors/divergenceDetector.ts';
import { PhaseTransitionDetector } from '../src/detectors/phaseTransitionDetector.ts';
import { PlateauDetector } from '../src/detectors/plateauDetector.ts';
import { SpikeDetector } from '../src/detectors/spikeDetector.ts';
import { TraceRandom } from '../src/testing/traceRandom.ts';
import { median } from './median.ts';

const LENGTH = 1 << 16;

/** Pushes a second of processor time (so that a busy machine does not count), median of five rounds. */
export function pushesPerSecond(pushes: number): Record<string, number> {
  const random = new TraceRandom(1);
  const losses = Float64Array.from({ length: LENGTH }, () => Math.exp(0.1 * random.normal()));
  const accuracies = Float64Array.from({ length: LENGTH }, () => 0.5 + 0.02 * random.normal());
  const at = (values: Float64Array, i: number): number => values[i & (LENGTH - 1)]!;
  const evidence = { lambdaMax: 0.1, lossTop: 0.5, rateToCritical: 0.5 };
  return {
    SpikeDetector: typical(() => {
      const detector = new SpikeDetector();
      for (let i = 0; i < pushes; i++) detector.push(at(losses, i), i);
    }, pushes),
    'SpikeDetector and CatapultDetector': typical(() => {
      const spikes = new SpikeDetector();
      const catapults = new CatapultDetector();
      for (let i = 0; i < pushes; i++) {
        const loss = at(losses, i);
        catapults.push(loss, spikes.push(loss, i), evidence);
      }
    }, pushes),
    DivergenceDetector: typical(() => {
      const detector = new DivergenceDetector();
      for (let i = 0; i < pushes; i++) detector.push(at(losses, i), i);
    }, pushes),
    PlateauDetector: typical(() => {
      const detector = new PlateauDetector();
      for (let i = 0; i < pushes; i++) detector.push(at(losses, i), i);
    }, pushes),
    PhaseTransitionDetector: typical(() => {
      const detector = new PhaseTransitionDetector();
      for (let i = 0; i < pushes; i++) detector.push(1 + i, 1, at(accuracies, i), i);
    }, pushes),
  };
}

/** The first round warms up and does not count. */
function typical(round: () => void, pushes: number): number {
  round();
  const seconds = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage().user;
    round();
    return (process.cpuUsage().user - before) / 1e6;
  });
  return pushes / median(seconds);
}
