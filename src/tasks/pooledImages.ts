import type { LabelledImages } from './labelledImages.ts';

/** The chosen images, averaged over squares of `pool` pixels, each channel by itself, in units of 0 to 1. */
export function pooled(images: LabelledImages, rows: Int32Array, pool: number): Float32Array {
  const { height, width, channels = 1, pixels } = images;
  const across = width / pool;
  const size = (height / pool) * across * channels;
  const result = new Float32Array(rows.length * size);
  rows.forEach((row, index) => {
    let from = row * height * width * channels;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const cell = index * size + (Math.floor(y / pool) * across + Math.floor(x / pool)) * channels;
        for (let channel = 0; channel < channels; channel++) {
          result[cell + channel]! += pixels[from++]! / (255 * pool * pool);
        }
      }
    }
  });
  return result;
}
