/** Scatter of a reading: of the logarithm of lambda, and of a share of a rise. */
const LAMBDA_SCATTER = 0.02;
const SHARE_SCATTER = 0.1;

/**
 * How sure one may be that a spike that came back was a catapult, 0 to 1: as sure as the weaker of the two pieces of
 * evidence makes one. Half at a threshold, and half for what was not measured.
 * @param fall lambda at the return over lambda at the onset. @param share top eigenspace share of the rise.
 */
export function catapultConfidence(
  fall: number | null,
  share: number | null,
  flattening: number,
  topShare: number,
): number {
  const flatter = fall === null ? 0.5 : logistic(Math.log(flattening / fall) / LAMBDA_SCATTER);
  const inTop = share === null ? 0.5 : logistic((share - topShare) / SHARE_SCATTER);
  return Math.min(flatter, inTop);
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
