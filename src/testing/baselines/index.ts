export * from './emaRatio.ts';
export * from './emaScore.ts';
export * from './pageHinkley.ts';
export * from './pageHinkleyTransitions.ts';
export * from './runningMinimum.ts';
