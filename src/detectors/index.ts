export * from './catapultDetector.ts';
export * from './divergenceDetector.ts';
export * from './earlyWarningDetector.ts';
export * from './phaseTransitionDetector.ts';
export * from './plateauDetector.ts';
export * from './spikeDetector.ts';
export * from './spikeEvent.ts';
export * from './transitionEvent.ts';
