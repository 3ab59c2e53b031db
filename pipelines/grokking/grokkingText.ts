import type { PredictorPair } from '../../src/predictors/predictor.ts';
import type { ControlEnding } from './grokkingControls.ts';
import { grokkingCourse } from './grokkingCourse.ts';
import type { GrokkingFindings, GrokkingMoment } from './grokkingSummary.ts';
import type { GrokkingSetting } from './settings/grokkingSetting.ts';

/** The findings of a run in lines for a person; times are continuous. */
export function grokkingText(
  found: GrokkingFindings,
  setting: GrokkingSetting,
  { early, late }: PredictorPair,
  controls: ReadonlyMap<string, ControlEnding | null>,
): string {
  const { start, plateau, changed, end } = found.moments;
  const metric = setting.metric === 'loss' ? 'test loss' : 'test accuracy';
  const value = (moment: GrokkingMoment) =>
    shown(moment.testMetric) + (moment.exactAccuracy === null ? '' : `, exactly ${shown(moment.exactAccuracy)}`);
  const course = (name: keyof GrokkingMoment) =>
    [start, plateau, end].map((moment) => shown(moment[name])).join(' -> ');
  const lines = [
    ['setting', setting.title],
    ['', `alpha ${shown(setting.alpha)}, weight decay ${shown(setting.weightDecay)}, ${steppingText(found)}`],
    ['memorised', found.memorised === null ? 'no' : `at tau = ${shown(found.memorised)} (${setting.fitted})`],
    ['plateau', `${metric} ${value(plateau)}; the ${early.name} has ${shown(early.testMetric)}`],
    ['transition', transitionText(found)],
    ...lawLines(found, setting),
    ...(changed === null ? [] : [['soon after', `at tau = ${shown(changed.time)} ${metric} ${value(changed)}`]]),
    ['in the end', `${metric} ${value(end)}${late === null ? '' : `; the ${late.name} has ${shown(late.testMetric)}`}`],
    ...courseLines(found, metric),
    ['', 'start -> plateau -> end:'],
    ['|theta|', course('parameterNorm')],
    [`cosine`, `${course('early')} with the ${early.name}`],
    ...(late === null ? [] : [['', `${course('late')} with the ${late.name}`]]),
    ...(setting.linear ? [['margins', `L2 ${course('l2Margin')}`]] : []),
    ...(setting.linear ? [['', `L1 ${course('l1Margin')}`]] : []),
    ...(end.normalisedMargin === null ? [] : [['margin', `${course('normalisedMargin')} over |theta|^L`]]),
    ['kernel', `alignment with the initial one ${course('kernelAlignment')}, drift ${course('kernelDrift')}`],
    ...[...controls].map(([name, ending], index) => [
      index === 0 ? 'controls' : '',
      `${name}: ${controlText(ending, metric)}`,
    ]),
    ['time', `${found.steps} steps, ${found.seconds.toFixed(1)} s`],
  ];
  return lines.map(([label, text]) => `${label!.padEnd(15)} ${text}`).join('\n');
}

function steppingText({ stepping }: GrokkingFindings): string {
  return stepping === 'adaptive'
    ? 'adaptive-step gradient descent: steps say nothing, look at tau = sum of learning rates'
    : 'a fixed learning rate; tau = sum of learning rates';
}

function transitionText({ event }: GrokkingFindings): string {
  if (event === null) return 'none';
  const times = [event.t10, event.t50, event.t90].map(shown).join(' / ');
  const open = event.state === 'open' ? ', not settled when the run ended' : '';
  if (event.class === 'none') return `none (a change from ${shown(event.before)} to ${shown(event.after)})`;
  return `${event.class}: 10 / 50 / 90 % at tau = ${times}; known from step ${event.confirmedAt} on${open}`;
}

/** The test metric over the logarithm of time, with what happened when below it. */
function courseLines({ course, memorised, event }: GrokkingFindings, metric: string): string[][] {
  const changed = event === null || event.class === 'none' ? undefined : event;
  const known = changed && course.find(({ step }) => step >= changed.confirmedAt)?.time;
  const drawn = grokkingCourse(
    course.map(({ time, testMetric }) => ({ time, value: testMetric })),
    [
      { sign: 'm', time: memorised },
      { sign: '<', time: changed?.t10 ?? null },
      { sign: '>', time: changed?.t90 ?? null },
      { sign: '|', time: changed?.t50 ?? null },
      { sign: 'k', time: known ?? null },
    ],
  );
  if (drawn === undefined) return [];
  const span = `${metric} over log tau from ${shown(drawn.from)} to ${shown(drawn.to)}`;
  const signs = changed === undefined ? 'm memorised' : 'm memorised, < | > 10, 50 and 90 %, k known';
  return [
    ['course', drawn.bars],
    ['', drawn.marks],
    ['', `${span}; ${signs}`],
  ];
}

/** The law tau_50 = (ln alpha + const) / wd, where there is a transition to apply it to. */
function lawLines({ event }: GrokkingFindings, { alpha, weightDecay, degree }: GrokkingSetting): string[][] {
  // Of networks alpha is a factor, not the norm that the law is about.
  if (degree !== undefined || event === null || event.class === 'none' || event.t50 === null || weightDecay === 0)
    return [];
  const scaled = weightDecay * event.t50;
  const rest = scaled - Math.log(alpha);
  return [['', `wd tau_50 = ${shown(scaled)} = ln(alpha) ${rest < 0 ? '-' : '+'} ${shown(Math.abs(rest))}`]];
}

function controlText(control: ControlEnding | null, metric: string): string {
  if (control === null) return 'not run to its end';
  if ('error' in control) return `failed: ${control.error}`;
  const { class: found, metricWhenFitted, metricAtEnd, trainLossAtEnd, time } = control;
  const fitted = metricWhenFitted === null ? 'never fitted' : `when fitted ${shown(metricWhenFitted)}`;
  return `${found === 'none' ? 'no transition' : found}; ${metric} ${fitted}, at tau = ${shown(time)} ${shown(metricAtEnd)}, training loss ${shown(trainLossAtEnd)}`;
}

function shown(value: number | null | undefined): string {
  return value === null || value === undefined ? '-' : String(Number(value.toPrecision(4)));
}
