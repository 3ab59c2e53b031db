// Patches of images, and back. A row of the patch matrix is what one position of the kernel sees: kernel height x kernel
// width x channels numbers, zero outside the image. Within a line of the image these are neighbours in memory, so a row
// is made of `kernelHeight` runs.

// @ts-ignore: decorator
@inline
function copyRun(from: usize, to: usize, bytes: usize): void {
  const vectorBytes = bytes & ~15;
  let at: usize = 0;
  for (; at < vectorBytes; at += 16) v128.store(to + at, v128.load(from + at));
  // The rest, up to three numbers: a 3 x 3 kernel on one channel has nothing else.
  if (bytes & 8) {
    store<u64>(to + at, load<u64>(from + at));
    at += 8;
  }
  if (bytes & 4) store<f32>(to + at, load<f32>(from + at));
}

// @ts-ignore: decorator
@inline
function addRun(from: usize, to: usize, bytes: usize): void {
  const vectorBytes = bytes & ~15;
  let at: usize = 0;
  for (; at < vectorBytes; at += 16) v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(from + at)));
  for (; at < bytes; at += 4) store<f32>(to + at, load<f32>(to + at) + load<f32>(from + at));
}

// @ts-ignore: decorator
@inline
function clearRun(to: usize, bytes: usize): void {
  const vectorBytes = bytes & ~15;
  let at: usize = 0;
  for (; at < vectorBytes; at += 16) v128.store(to + at, f32x4.splat(0));
  if (bytes & 8) {
    store<u64>(to + at, 0);
    at += 8;
  }
  if (bytes & 4) store<f32>(to + at, 0);
}

// Rows `first` to `first + count` of the patch matrix of `images`, gathered from them, or (`fold`) added to them.
// @ts-ignore: decorator
@inline
function walk(
  fold: bool,
  images: usize,
  patches: usize,
  first: i32,
  count: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
  outHeight: i32,
  outWidth: i32,
): void {
  const pixel = <usize>channels << 2;
  const line = <usize>width * pixel;
  const run = <usize>kernelWidth * pixel;
  const positions = outHeight * outWidth;
  const sample = first / positions;
  const within = first - sample * positions;
  let outY = within / outWidth;
  let outX = within - outY * outWidth;
  let image = images + <usize>sample * <usize>height * line;
  for (let row = 0; row < count; row++) {
    const y = outY * strideHeight - top;
    const x = outX * strideWidth - left;
    // The part of the run that lies in the image: from `begin` to `end` of its pixels.
    const begin = min(max(-x, 0), kernelWidth);
    const end = max(min(width - x, kernelWidth), begin);
    const before = <usize>begin * pixel;
    const inside = <usize>(end - begin) * pixel;
    for (let kernelY = 0; kernelY < kernelHeight; kernelY++) {
      const imageY = y + kernelY;
      if (imageY < 0 || imageY >= height || inside == 0) {
        if (!fold) clearRun(patches, run);
      } else {
        const at = image + <usize>imageY * line + <usize>(x + begin) * pixel;
        if (fold) {
          addRun(patches + before, at, inside);
        } else {
          if (before > 0) clearRun(patches, before);
          copyRun(at, patches + before, inside);
          const after = before + inside;
          if (after < run) clearRun(patches + after, run - after);
        }
      }
      patches += run;
    }
    if (++outX == outWidth) {
      outX = 0;
      if (++outY == outHeight) {
        outY = 0;
        image += <usize>height * line;
      }
    }
  }
}

/** patches = rows `first` to `first + count` of the patch matrix of `images` (NHWC). */
export function gatherPatches(
  images: usize,
  patches: usize,
  first: i32,
  count: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
  outHeight: i32,
  outWidth: i32,
): void {
  walk(
    false, images, patches, first, count, height, width, channels, kernelHeight, kernelWidth, strideHeight,
    strideWidth, top, left, outHeight, outWidth,
  );
}

/** images += what rows `first` to `first + count` of a patch matrix say of each pixel: the transpose of `gatherPatches`. */
export function addPatches(
  images: usize,
  patches: usize,
  first: i32,
  count: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
  outHeight: i32,
  outWidth: i32,
): void {
  walk(
    true, images, patches, first, count, height, width, channels, kernelHeight, kernelWidth, strideHeight,
    strideWidth, top, left, outHeight, outWidth,
  );
}
