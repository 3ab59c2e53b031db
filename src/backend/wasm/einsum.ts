import {
  backend_util,
  getKernel,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { elementCount, type WasmBackend } from './heap.ts';
import type { KernelCall } from './kernelCall.ts';

/** tfjs's core hands over the tensors as the properties 0 and 1. */
export type EinsumCall = KernelCall<Record<string, TensorInfo>, { equation: string }>;

/** A tensor with the label of each of its axes. */
interface Labelled {
  readonly tensor: TensorInfo;
  readonly axes: readonly number[];
}

/**
 * `Einsum`, which tfjs's wasm backend lacks: one or two float32 operands, each axis of an operand with a label of its
 * own. Two operands become one batched product: labels on both sides and in the result are batches, those not in the
 * result are contracted, and what only one side has is summed beforehand.
 * @throws {Error} for equations that tfjs does not support on other backends either
 */
export function einsum(): (call: EinsumCall) => TensorInfo {
  return ({ backend, inputs, attrs }) => {
    const tensors = Object.values(inputs);
    const { allDims, summedDims, idDims } = backend_util.decodeEinsumEquation(attrs.equation, tensors.length);
    backend_util.checkEinsumDimSizes(allDims.length, idDims, tensors as never);
    const wanted = allDims.map((_, label) => label).filter((label) => !summedDims.includes(label));
    const work = new Contraction(backend);
    const [left, right] = tensors.map((tensor, index): Labelled => ({ tensor, axes: idDims[index]! }));
    if (left === undefined) throw new Error('einsum: expected one or two operands');
    const product =
      right === undefined ? work.summed(left, wanted) : work.product(work.paired(left, right, wanted), wanted);
    return work.finish(work.transposed(product, wanted));
  };
}

/** The kernels that a contraction is made of; owns what they leave on the way. */
class Contraction {
  readonly #backend: WasmBackend;
  readonly #made: TensorInfo[] = [];

  constructor(backend: WasmBackend) {
    this.#backend = backend;
  }

  /** Both operands, summed over what neither the other nor the result has. */
  paired(left: Labelled, right: Labelled, wanted: readonly number[]): [Labelled, Labelled] {
    return [this.summed(left, [...wanted, ...right.axes]), this.summed(right, [...wanted, ...left.axes])];
  }

  product([left, right]: readonly [Labelled, Labelled], wanted: readonly number[]): Labelled {
    const shared = left.axes.filter((label) => right.axes.includes(label));
    const batch = shared.filter((label) => wanted.includes(label));
    const contracted = shared.filter((label) => !wanted.includes(label));
    const rows = left.axes.filter((label) => !shared.includes(label));
    const columns = right.axes.filter((label) => !shared.includes(label));
    const a = this.#matrices(left, batch, rows, contracted);
    const b = this.#matrices(right, batch, contracted, columns);
    const multiplied = this.#run('BatchMatMul', { a, b }, { transposeA: false, transposeB: false });
    const sizes = new Map(
      [left, right].flatMap(({ tensor, axes }) => axes.map((label, at) => [label, tensor.shape[at]!])),
    );
    const axes = [...batch, ...rows, ...columns];
    return {
      tensor: this.#reshape(
        multiplied,
        axes.map((label) => sizes.get(label)!),
      ),
      axes,
    };
  }

  /** Summed over the labels that are not among those to keep. */
  summed(operand: Labelled, kept: readonly number[]): Labelled {
    const axes = operand.axes.filter((label) => kept.includes(label));
    if (axes.length === operand.axes.length) return operand;
    const last = this.transposed(operand, [...axes, ...operand.axes.filter((label) => !axes.includes(label))]);
    const over = last.axes.map((_, at) => at).slice(axes.length);
    return { tensor: this.#run('Sum', { x: last.tensor }, { axis: over, keepDims: false }), axes };
  }

  transposed({ tensor, axes }: Labelled, order: readonly number[]): Labelled {
    const perm = order.map((label) => axes.indexOf(label));
    if (perm.every((from, to) => from === to)) return { tensor, axes };
    return { tensor: this.#run('Transpose', { x: tensor }, { perm }), axes: order };
  }

  /** The result as a tensor of its own; everything else is freed. */
  finish({ tensor }: Labelled): TensorInfo {
    const result = this.#made.includes(tensor) ? tensor : this.#run('Identity', { x: tensor }, {});
    for (const made of this.#made) {
      if (made !== result) this.#backend.disposeData(made.dataId);
    }
    return result;
  }

  /** `[batch, rows, columns]`, each of them several axes in one. */
  #matrices(operand: Labelled, ...parts: readonly (readonly number[])[]): TensorInfo {
    const { tensor } = this.transposed(operand, parts.flat());
    const ends = parts.map((_, index) => parts.slice(0, index + 1).flat().length);
    return this.#reshape(
      tensor,
      parts.map((part, index) => elementCount(tensor.shape.slice(ends[index]! - part.length, ends[index]))),
    );
  }

  #reshape(x: TensorInfo, shape: number[]): TensorInfo {
    return this.#run('Reshape', { x }, { shape });
  }

  #run(kernel: string, inputs: NamedTensorInfoMap, attrs: NamedAttrMap): TensorInfo {
    const made = getKernel(kernel, 'wasm').kernelFunc({ inputs, attrs, backend: this.#backend }) as TensorInfo;
    this.#made.push(made);
    return made;
  }
}
