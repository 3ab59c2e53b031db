/**
 * out = the largest number of each window of `images` (NHWC), channel by channel, and `at` = where it is, an index into
 * its sample, or into all samples. NaN counts as the largest; of equal ones it is the first.
 */
export function maxPool(
  images: usize,
  out: usize,
  at: usize,
  samples: i32,
  height: i32,
  width: i32,
  channels: i32,
  windowHeight: i32,
  windowWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
  outHeight: i32,
  outWidth: i32,
  acrossSamples: bool,
): void {
  const size = height * width * channels;
  for (let sample = 0; sample < samples; sample++) {
    const image = images + (<usize>(sample * size) << 2);
    const start = acrossSamples ? sample * size : 0;
    for (let outY = 0; outY < outHeight; outY++) {
      const y = outY * strideHeight - top;
      const endY = min(y + windowHeight, height);
      for (let outX = 0; outX < outWidth; outX++) {
        const x = outX * strideWidth - left;
        const endX = min(x + windowWidth, width);
        for (let channel = 0; channel < channels; channel++) {
          let best = -1;
          let largest: f32 = -Infinity;
          for (let row = max(y, 0); row < endY; row++) {
            for (let column = max(x, 0); column < endX; column++) {
              const index = (row * width + column) * channels + channel;
              const value = load<f32>(image + (<usize>index << 2));
              if (best < 0 || value > largest || (value != value && largest == largest)) {
                best = index;
                largest = value;
              }
            }
          }
          store<f32>(out, largest);
          store<i32>(at, start + best);
          out += 4;
          at += 4;
        }
      }
    }
  }
}
