import type { MetricScale } from './metricScale.ts';
import type { TransitionMemory } from './transitionMemory.ts';
import type { TransitionTrail } from './transitionTrail.ts';

const SUM_SLACK = 0.5;
const SUM_CLIP = 3;
const SUM_LIMIT = 10;

/**
 * Watches a level and says when it begins to change: a two-sided cumulative sum (Page 1954) of the smoothed
 * observations against a running mean, in units of the measured noise.
 */
export class TransitionAlarm {
  readonly #memory: TransitionMemory;
  readonly #trail: TransitionTrail;
  readonly #scale: MetricScale;

  constructor(memory: TransitionMemory, trail: TransitionTrail, scale: MetricScale) {
    this.#memory = memory;
    this.#trail = trail;
    this.#scale = scale;
  }

  /** Scatter of z. */
  get sigma(): number {
    return Math.max(this.#scale.floor, this.#memory.noise);
  }

  /** Measures the noise, from differences of neighbours; not during a change. */
  hear(y: number): void {
    const m = this.#memory;
    const z = this.#scale.z(y);
    if (m.noiseCount > 0 && m.moving === 0) {
      const gap = 0.886 * Math.abs(z - m.lastZ);
      m.noise += (gap - m.noise) / Math.min(m.noiseCount + 3, 40);
    }
    if (m.moving === 0) m.noiseCount += 1;
    m.lastZ = z;
  }

  /** Takes y as part of the level. */
  learn(y: number): void {
    const m = this.#memory;
    m.baseCount += 1;
    const gain = 1 / Math.min(m.baseCount, 16);
    m.baseY += gain * (y - m.baseY);
    m.baseZ += gain * (this.#scale.z(y) - m.baseZ);
  }

  /** Starts from a level that is known already. */
  begin(level: number): void {
    const m = this.#memory;
    m.up = 0;
    m.down = 0;
    m.baseY = level;
    m.baseZ = this.#scale.z(level);
    m.baseCount = 8;
  }

  /** Takes in the smoothed observation `centre`: 1 or -1 if the level has begun to rise or fall, else 0. */
  observe(centre: number): -1 | 0 | 1 {
    const m = this.#memory;
    const y = this.#trail.smooth[centre]!;
    // A median of five scatters some 0.6 as much as its values.
    const standard = (this.#scale.z(y) - m.baseZ) / (0.6 * this.sigma);
    const clipped = Math.max(-SUM_CLIP, Math.min(SUM_CLIP, standard));
    if (m.up === 0) {
      m.upFrom = Math.max(0, centre - 1);
      m.upBase = m.baseY;
    }
    if (m.down === 0) {
      m.downFrom = Math.max(0, centre - 1);
      m.downBase = m.baseY;
    }
    m.up = Math.max(0, m.up + clipped - SUM_SLACK);
    m.down = Math.max(0, m.down - clipped - SUM_SLACK);
    if (m.up > SUM_LIMIT) return 1;
    if (m.down > SUM_LIMIT) return -1;
    this.learn(y);
    return 0;
  }
}
