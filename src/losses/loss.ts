/**
 * A loss as plain float64 arithmetic on the model's outputs, which are few; the model itself stays in
 * float32 on its backend. Outputs and targets are `n * c` numbers, sample-major.
 */
export interface Loss {
  readonly name: 'square' | 'crossEntropy';
  /** Mean over the n samples, sum over the c outputs. */
  value(outputs: Float32Array | Float64Array, targets: Float32Array, size: number): number;
  /** d loss / d outputs, `n * c` numbers, the 1/n of the mean included. */
  outputGradient(outputs: Float32Array, targets: Float32Array, size: number): Float32Array;
  /**
   * A factor B, c x c row-major per sample, of the loss's curvature in the outputs: d^2 loss_i / d f^2 =
   * B_i B_i^T. Null when it is a constant multiple of the identity, given by `curvature`.
   */
  curvatureFactor(outputs: Float32Array, targets: Float32Array, size: number): Float64Array | null;
  /** The constant curvature d^2 loss_i / d f_o^2 where there is one (square loss: 2). */
  readonly curvature: number | null;
}
