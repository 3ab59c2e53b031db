/** A line of the log of BLOOM's training. */
export const bloom =
  ' iteration    31219/  115311 | consumed samples:     23455744 | elapsed time per iteration (s): 105.01 | learning rate: 5.935E-05 | global batch size:  2048 | lm loss: 5.098124E+00 | grad norm: 960.351 | num zeros: 0.0 | number of skipped iterations:   0 | number of nan iterations:   0 |';
