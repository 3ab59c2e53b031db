export { addBias } from './epilogue';
export { erf, exp, tanh } from './functions';
export { gemm, gemmScratchBytes } from './gemm';
export { matrixVector, outerProduct, transposedMatrixVector } from './gemv';
export { divideInPlace, sumColumns, sumRows } from './reduce';
export { transpose } from './transpose';
