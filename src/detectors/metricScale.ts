/** How a test metric is looked at. `y` is what is averaged and reported on; `z` has the same noise everywhere. */
export interface MetricScale {
  /** Scatter of z that is taken for noise even where none is seen. */
  readonly floor: number;
  /** y of a metric; NaN if the metric cannot be one. */
  y(metric: number): number;
  /** z of y. */
  z(y: number): number;
  /** The metric of y. */
  metric(y: number): number;
}

/** Accuracy as it is; z = 2 asin sqrt(y) evens out binomial noise. */
export const accuracyScale: MetricScale = {
  floor: 0.02,
  y: (metric) => (metric >= 0 && metric <= 1 ? metric : Number.NaN),
  z: (y) => 2 * Math.asin(Math.sqrt(Math.max(0, Math.min(1, y)))),
  metric: (y) => y,
};

/** Loss in the logarithm, so that up is better here too. */
export const lossScale: MetricScale = {
  floor: 0.03,
  y: (metric) => -Math.log(metric),
  z: (y) => y,
  metric: (y) => Math.exp(-y),
};
