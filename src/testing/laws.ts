import fc from 'fast-check';
import { descents, lossTraces, plantedSpikes } from './arbitraries.ts';
import { deepStrictEqual } from './deepEqual.ts';
import { type DetectorRun, type LossDetector, type ReportedEvent, runOf } from './detectorRun.ts';
import { EVERY_STEP, type Plant } from './lossTrace.ts';

/** A detector as the laws see it. */
export interface DetectorUnderTest<E extends ReportedEvent = ReportedEvent> {
  readonly make: () => LossDetector<E>;
  /** Restores what `toJSON` gave, after a round trip through text; without it the state laws are left out. */
  readonly restore?: (stored: never) => LossDetector<E>;
  /** Smallest rise that the detector documents to find, as a factor, at a scatter of the log-loss of at most .02. */
  readonly threshold: number;
  /** Observations from the begin of such a rise within which it must be reported. */
  readonly latency: number;
}

/** A law, ready for `fc.assert`. */
export type Law = fc.IRawProperty<unknown, false>;

/** The laws every streaming spike detector must obey, by name. */
export function spikeDetectorLaws<E extends ReportedEvent>(detector: DetectorUnderTest<E>): Record<string, Law> {
  const run = runOf(detector.make);
  const laws: Record<string, Law> = {
    'causality: the output on a prefix is the prefix of the output': causality(run),
    'a second run gives the same': repeatability(run),
    'scaling the loss changes no event': scaleInvariance(run),
    'shifting the steps shifts the events': shiftEquivariance(run),
    'a descent gives no event': silenceOnDescent(run),
    'a planted spike above the threshold is found in time': detection(run, detector.threshold, detector.latency),
    'every event closes or is reported open at the end': closure(run),
    'an event is confirmed at the step that reports it': honesty(run),
    'non-finite losses never poison what follows': recovery(run, detector.threshold, detector.latency),
  };
  if (detector.restore !== undefined) {
    laws['state survives JSON at any point'] = resumption(detector.make, detector.restore);
    laws['state is bounded'] = boundedState(detector.make);
  }
  return laws;
}

/** Output on a prefix is a prefix of the output (what the end brings aside). */
export function causality<E extends ReportedEvent>(run: DetectorRun<E>): Law {
  return fc.property(lossTraces(), fc.double({ min: 0, max: 1, noNaN: true }), (trace, share) => {
    const cut = Math.floor(share * trace.steps.length);
    const prefix = run({ steps: trace.steps.slice(0, cut), losses: trace.losses.slice(0, cut) });
    deepStrictEqual(
      prefix.filter(({ at }) => at < cut),
      run(trace).filter(({ at }) => at < cut),
    );
  });
}

/** Running again (re-subscribing) gives the same. */
export function repeatability<E extends ReportedEvent>(run: DetectorRun<E>): Law {
  return fc.property(lossTraces(), (trace) => {
    const first = run(trace);
    deepStrictEqual(run(trace), first);
  });
}

/** A loss in other units gives the same events at the same steps (up to values within rounding of a threshold). */
export function scaleInvariance<E extends ReportedEvent>(run: DetectorRun<E>): Law {
  return fc.property(lossTraces(), fc.integer({ min: -30, max: 30 }), (trace, exponent) => {
    const scaled = trace.losses.map((loss) => loss * 2 ** exponent);
    // A loss near the end of the number range may overflow, or lose digits, in the other units.
    fc.pre(scaled.every((loss, i) => loss / 2 ** exponent === trace.losses[i]! || Number.isNaN(loss)));
    deepStrictEqual(timing(run({ ...trace, losses: scaled })), timing(run(trace)));
  });
}

/** Counting steps from elsewhere shifts the events and changes nothing else. */
export function shiftEquivariance<E extends ReportedEvent>(run: DetectorRun<E>): Law {
  return fc.property(lossTraces(), fc.integer({ min: 1, max: 1_000_000 }), (trace, shift) => {
    const shifted = run({ ...trace, steps: trace.steps.map((step) => step + shift) });
    const back = timing(shifted).map(([at, state, begin, confirmedAt]) => [
      at,
      state,
      (begin as number) - shift,
      (confirmedAt as number) - shift,
    ]);
    deepStrictEqual(back, timing(run(trace)));
  });
}

function timing<E extends ReportedEvent>(reports: ReturnType<DetectorRun<E>>): (string | number)[][] {
  return reports.map(({ at, event }) => [at, event.state, event.begin, event.confirmedAt]);
}

/** A trace that never rises gives no event. */
export function silenceOnDescent<E extends ReportedEvent>(run: DetectorRun<E>): Law {
  return fc.property(descents(), (trace) => {
    deepStrictEqual(run(trace), []);
  });
}

/** A rise of at least `threshold` on a calm trace is reported within `latency` observations of its peak. */
export function detection<E extends ReportedEvent>(run: DetectorRun<E>, threshold: number, latency: number): Law {
  return fc.property(calmTraces(threshold), (trace) => {
    const { begin, peakStep } = trace.truth[0]!;
    const found = run(trace).some(
      ({ event }) => event.begin >= begin - 3 && event.begin <= peakStep + 1 && event.confirmedAt <= peakStep + latency,
    );
    deepStrictEqual(found, true);
  });
}

/** The same after a stretch of NaN or infinities, once the loss has been back for a while. */
export function recovery<E extends ReportedEvent>(run: DetectorRun<E>, threshold: number, latency: number): Law {
  const broken = fc.record({
    kind: fc.constant('non-finite' as const),
    at: fc.integer({ min: 40, max: 90 }),
    length: fc.integer({ min: 1, max: 20 }),
    value: fc.constantFrom('NaN' as const, 'Infinity' as const),
  });
  return fc.property(calmTraces(threshold, broken), (trace) => {
    const { begin, peakStep } = trace.truth[0]!;
    const reports = run(trace);
    deepStrictEqual(
      reports.some(
        ({ event }) =>
          event.begin >= begin - 3 && event.begin <= peakStep + 1 && event.confirmedAt <= peakStep + latency,
      ),
      true,
    );
    for (const { event } of reports) {
      for (const [name, value] of Object.entries(event)) {
        if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${name} is ${value}`);
      }
    }
  });
}

/** One spike between observations 120 and 200 of an otherwise calm trace. */
function calmTraces(threshold: number, also?: fc.Arbitrary<Plant>): ReturnType<typeof lossTraces> {
  const spike = plantedSpikes(fc.integer({ min: 120, max: 200 }), threshold, 1e5);
  return lossTraces({
    minLength: 400,
    maxLength: 400,
    maxScatter: 0.02,
    plants: also === undefined ? spike.map((plant) => [plant]) : fc.tuple(spike, also),
    trends: fc.integer({ min: 0, max: 5 }).map((rate) => ({ kind: 'exponential', rate: rate / 1000 })),
    stepping: fc.constant(EVERY_STEP),
  });
}

/** Every begin that was reported open is reported closed, or open by the end of the stream. */
export function closure<E extends ReportedEvent>(run: DetectorRun<E>): Law {
  return fc.property(lossTraces(), (trace) => {
    let open: number | null = null;
    for (const { at, event } of run(trace)) {
      if (open !== null && event.begin !== open) throw new Error(`event of step ${open} was never closed`);
      open = event.state === 'closed' || at === trace.steps.length ? null : event.begin;
    }
    if (open !== null) throw new Error(`event of step ${open} was never closed`);
  });
}

/** `confirmedAt` is the step of the observation that brought the report, and nothing begins after it (restarts aside). */
export function honesty<E extends ReportedEvent>(run: DetectorRun<E>): Law {
  return fc.property(lossTraces(), (trace) => {
    const forwards = trace.steps.every((step, i) => i === 0 || step >= trace.steps[i - 1]!);
    for (const { at, event } of run(trace)) {
      deepStrictEqual(event.confirmedAt, trace.steps[Math.min(at, trace.steps.length - 1)]);
      if (forwards && event.begin > event.confirmedAt)
        throw new Error(`begins at ${event.begin}, after ${event.confirmedAt}`);
    }
  });
}

/** Saving and restoring between any two observations changes nothing. */
export function resumption<E extends ReportedEvent>(
  make: () => LossDetector<E>,
  restore: (stored: never) => LossDetector<E>,
): Law {
  return fc.property(lossTraces(), fc.array(fc.nat(400), { maxLength: 4 }), (trace, cuts) => {
    const whole = make();
    let resumed = make();
    for (const [i, step] of trace.steps.entries()) {
      if (cuts.includes(i)) resumed = restore(JSON.parse(JSON.stringify(resumed.toJSON?.())) as never);
      const a = whole.push(trace.losses[i]!, step);
      const b = resumed.push(trace.losses[i]!, step);
      deepStrictEqual(plain(b), plain(a));
    }
    deepStrictEqual(resumed.finish(), whole.finish());
    deepStrictEqual(JSON.stringify(resumed.toJSON?.()), JSON.stringify(whole.toJSON?.()));
  });
}

/** The own properties of a state, as they are now. */
function plain(state: object): object {
  return { ...state };
}

/** The stored state does not grow with the stream. */
export function boundedState<E extends ReportedEvent>(make: () => LossDetector<E>): Law {
  return fc.property(lossTraces({ minLength: 50 }), (trace) => {
    const detector = make();
    const size = (): number => JSON.stringify(detector.toJSON?.()).length;
    const last = Math.max(...trace.steps) + 1;
    for (const [i, step] of trace.steps.entries()) detector.push(trace.losses[i]!, step);
    const once = size();
    for (let lap = 1; lap < 8; lap++) {
      for (const [i, step] of trace.steps.entries()) detector.push(trace.losses[i]!, step + lap * last);
    }
    // Numbers differ in how many digits they take.
    if (size() > 2 * once + 500) throw new Error(`stored state grew from ${once} to ${size()} characters`);
  });
}
