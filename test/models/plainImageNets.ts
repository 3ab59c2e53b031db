import type { ImageShape } from '../../src/tasks/task.ts';
import { erf } from './plainMlp.ts';

/**
 * Convolutional networks and vision transformers in plain float64 arithmetic, forward only, written pixel by pixel: the
 * independent route against which the library's layers and gradients are held. Parameters are one flat list, in the
 * order of the library's descriptions.
 */
export interface PlainPass {
  readonly outputs: number[];
  /** How far the pass is from a kink of relu or of a maximum. */
  readonly distanceToKink: number;
  /** The smallest variance that something was divided by. */
  readonly leastVariance: number;
}

export interface PlainCnn {
  readonly blocks: readonly {
    readonly channels: number;
    readonly kernel: number;
    readonly stride: number;
    readonly padding: 'same' | 'valid';
    readonly pool?: { readonly kind: 'average' | 'max'; readonly size: number; readonly stride: number };
  }[];
  readonly norm: 'none' | 'layer';
  readonly head: 'flatten' | 'globalAverage';
  readonly widths: readonly number[];
  readonly activation: 'relu' | 'tanh' | 'erf' | 'gelu';
  readonly parameterization: 'ntk' | 'standard';
  readonly bias: boolean;
}

export interface PlainTransformer {
  readonly patch: number;
  readonly dimension: number;
  readonly depth: number;
  readonly heads: number;
  readonly mlpRatio: number;
  readonly activation: 'gelu' | 'relu';
}

const EPSILON = 1e-5;

class Pass {
  distanceToKink = Number.POSITIVE_INFINITY;
  leastVariance = Number.POSITIVE_INFINITY;
  readonly #parameters: ArrayLike<number>;
  #at = 0;

  constructor(parameters: ArrayLike<number>) {
    this.#parameters = parameters;
  }

  take(count: number): number[] {
    this.#at += count;
    return Array.from({ length: count }, (_, index) => this.#parameters[this.#at - count + index]!);
  }

  activated(name: 'relu' | 'tanh' | 'erf' | 'gelu', z: number): number {
    if (name === 'relu') this.distanceToKink = Math.min(this.distanceToKink, Math.abs(z));
    if (name === 'relu') return Math.max(z, 0);
    if (name === 'gelu') return 0.5 * z * (1 + erf(z / Math.SQRT2));
    return name === 'tanh' ? Math.tanh(z) : erf(z);
  }

  /** x W + b, W `[in, out]`. */
  linear(
    x: readonly number[],
    outputs: number,
    weights: readonly number[],
    biases: readonly number[] | null,
  ): number[] {
    return Array.from({ length: outputs }, (_, out) =>
      x.reduce((sum, value, index) => sum + value * weights[index * outputs + out]!, biases?.[out] ?? 0),
    );
  }

  normalised(x: readonly number[], gain: readonly number[], shift: readonly number[]): number[] {
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
    this.leastVariance = Math.min(this.leastVariance, variance);
    return x.map((value, index) => gain[index]! * ((value - mean) / Math.sqrt(variance + EPSILON)) + shift[index]!);
  }

  largest(values: readonly number[]): number {
    const [first, second] = [...values].sort((a, b) => b - a);
    if (second !== undefined) this.distanceToKink = Math.min(this.distanceToKink, first! - second);
    return first!;
  }

  result(outputs: number[]): PlainPass {
    return { outputs, distanceToKink: this.distanceToKink, leastVariance: this.leastVariance };
  }
}

/** A picture as a list of pixels, each a list of channels. */
interface Picture {
  readonly height: number;
  readonly width: number;
  readonly pixels: readonly (readonly number[])[];
}

function picture({ height, width, channels }: ImageShape, input: readonly number[]): Picture {
  const pixels = Array.from({ length: height * width }, (_, at) => input.slice(at * channels, (at + 1) * channels));
  return { height, width, pixels };
}

export function plainCnn(
  net: PlainCnn,
  image: ImageShape,
  outputs: number,
  parameters: ArrayLike<number>,
  input: readonly number[],
): PlainPass {
  const pass = new Pass(parameters);
  const { norm, activation } = net;
  const ntk = net.parameterization === 'ntk';
  const deep = net.blocks.length + net.widths.length > 1;
  const gain = ntk && activation === 'relu' && !net.bias && norm === 'none' && deep ? Math.SQRT2 : 1;
  let seen = picture(image, input);
  let channelsIn = image.channels;
  for (const { channels, kernel, stride, padding, pool } of net.blocks) {
    const scale = ntk ? 1 / Math.sqrt(kernel * kernel * channelsIn) : 1;
    const weights = pass.take(kernel * kernel * channelsIn * channels);
    const biases = net.bias && norm === 'none' ? pass.take(channels) : new Array<number>(channels).fill(0);
    const [scales, shifts] = norm === 'layer' ? [pass.take(channels), pass.take(channels)] : [[], []];
    const convolved = windows(seen, kernel, stride, padding, (at) => {
      const z = biases.map((bias, out) => {
        let sum = bias;
        for (let y = 0; y < kernel; y++) {
          for (let x = 0; x < kernel; x++) {
            const pixel = at(y, x);
            if (pixel === null) continue;
            for (let c = 0; c < channelsIn; c++) {
              sum += scale * pixel[c]! * weights[((y * kernel + x) * channelsIn + c) * channels + out]!;
            }
          }
        }
        return sum;
      });
      const normed = norm === 'layer' ? pass.normalised(z, scales, shifts) : z;
      return normed.map((value) => gain * pass.activated(activation, value));
    });
    channelsIn = channels;
    seen = convolved;
    if (pool !== undefined) {
      seen = windows(convolved, pool.size, pool.stride, 'valid', (at) =>
        Array.from({ length: channels }, (_, channel) => {
          const values = Array.from(
            { length: pool.size ** 2 },
            (_, index) => at(Math.floor(index / pool.size), index % pool.size)![channel]!,
          );
          if (pool.kind === 'max') return pass.largest(values);
          return values.reduce((sum, value) => sum + value, 0) / values.length;
        }),
      );
    }
  }
  let flat =
    net.head === 'flatten'
      ? seen.pixels.flat()
      : Array.from(
          { length: channelsIn },
          (_, channel) => seen.pixels.reduce((sum, pixel) => sum + pixel[channel]!, 0) / seen.pixels.length,
        );
  for (const width of [...net.widths, null]) {
    const size = width ?? outputs;
    const scale = ntk ? 1 / Math.sqrt(flat.length) : 1;
    const weights = pass.take(flat.length * size).map((weight) => scale * weight);
    flat = pass.linear(flat, size, weights, net.bias ? pass.take(size) : null);
    if (width !== null) flat = flat.map((z) => gain * pass.activated(activation, z));
  }
  return pass.result(flat);
}

/** What `of` makes of each window; it is shown the pixel at a place of the window, null outside the picture. */
function windows(
  { height, width, pixels }: Picture,
  size: number,
  stride: number,
  padding: 'same' | 'valid',
  of: (at: (y: number, x: number) => readonly number[] | null) => number[],
): Picture {
  // TensorFlow's rule: as many positions as strides fit, and the smaller half of the padding before.
  const along = (length: number) => {
    const positions = padding === 'same' ? Math.ceil(length / stride) : Math.floor((length - size) / stride) + 1;
    const total = padding === 'same' ? Math.max((positions - 1) * stride + size - length, 0) : 0;
    return { positions, before: Math.floor(total / 2) };
  };
  const down = along(height);
  const across = along(width);
  const made: number[][] = [];
  for (let row = 0; row < down.positions; row++) {
    for (let column = 0; column < across.positions; column++) {
      made.push(
        of((y, x) => {
          const atY = row * stride - down.before + y;
          const atX = column * stride - across.before + x;
          return atY < 0 || atX < 0 || atY >= height || atX >= width ? null : pixels[atY * width + atX]!;
        }),
      );
    }
  }
  return { height: down.positions, width: across.positions, pixels: made };
}

export function plainTransformer(
  net: PlainTransformer,
  image: ImageShape,
  outputs: number,
  parameters: ArrayLike<number>,
  input: readonly number[],
): PlainPass {
  const pass = new Pass(parameters);
  const { patch, dimension, heads } = net;
  const hidden = Math.round(net.mlpRatio * dimension);
  const layer = (from: number, to: number) => {
    const weights = pass.take(from * to);
    const biases = pass.take(to);
    return (x: readonly number[]) => pass.linear(x, to, weights, biases);
  };
  const norm = () => {
    const gain = pass.take(dimension);
    const shift = pass.take(dimension);
    return (x: readonly number[]) => pass.normalised(x, gain, shift);
  };
  const embed = layer(patch * patch * image.channels, dimension);
  let tokens: number[][] = [];
  windows(picture(image, input), patch, patch, 'valid', (at) => {
    const pixels: number[] = [];
    for (let y = 0; y < patch; y++) for (let x = 0; x < patch; x++) pixels.push(...at(y, x)!);
    tokens.push(embed(pixels));
    return [];
  });
  const plus = (a: readonly number[], b: readonly number[]) => a.map((value, index) => value + b[index]!);
  tokens = tokens.map((token) => plus(token, pass.take(dimension)));
  for (let block = 0; block < net.depth; block++) {
    const before = norm();
    const project = layer(dimension, 3 * dimension);
    const after = layer(dimension, dimension);
    const projected = tokens.map((token) => project(before(token)));
    const size = dimension / heads;
    tokens = tokens.map((token, here) => {
      const gathered: number[] = [];
      for (let head = 0; head < heads; head++) {
        const part = (which: number, of: number) =>
          projected[of]!.slice(which * dimension + head * size, which * dimension + (head + 1) * size);
        const query = part(0, here);
        const weights = projected.map((_, there) =>
          Math.exp(part(1, there).reduce((sum, value, index) => sum + value * query[index]!, 0) / Math.sqrt(size)),
        );
        const total = weights.reduce((sum, value) => sum + value, 0);
        for (let index = 0; index < size; index++) {
          gathered.push(weights.reduce((sum, weight, there) => sum + (weight / total) * part(2, there)[index]!, 0));
        }
      }
      return plus(token, after(gathered));
    });
    const second = norm();
    const up = layer(dimension, hidden);
    const down = layer(hidden, dimension);
    tokens = tokens.map((token) => plus(token, down(up(second(token)).map((z) => pass.activated(net.activation, z)))));
  }
  const last = norm();
  const seen = tokens.map(last);
  const mean = Array.from(
    { length: dimension },
    (_, index) => seen.reduce((sum, token) => sum + token[index]!, 0) / seen.length,
  );
  return pass.result(layer(dimension, outputs)(mean));
}
