import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import crc32 from 'crc-32';
import { FIGURE_FONT } from './figure.ts';

/** A figure of 860 units is then 2150 pixels wide: 182 mm, the width of a page of two columns. */
const ZOOM = 2.5;
const DOTS_PER_METRE = Math.round(300 / 0.0254);

/** What of the package `@resvg/resvg-wasm`, which brings no types for its exports, is used. */
interface Resvg {
  readonly initWasm: (bytes: Uint8Array) => Promise<void>;
  readonly Resvg: new (
    svg: string,
    options: object,
  ) => { render(): { asPng(): Uint8Array; free(): void }; free(): void };
}

/** Draws figures as PNG at 300 dots per inch. */
type FigureDrawer = (svg: string) => Uint8Array;

let loading: Promise<FigureDrawer> | undefined;

/**
 * Loads what draws figures: resvg, compiled to WebAssembly, and a font.
 * @throws {Error} naming the packages to install when they are not there
 */
export function figureDrawer(): Promise<FigureDrawer> {
  loading ??= load();
  return loading;
}

async function load(): Promise<FigureDrawer> {
  const { resolve } = createRequire(import.meta.url);
  const packages: readonly string[] = ['@resvg/resvg-wasm', 'dejavu-fonts-ttf'];
  const place = (path: string) => {
    try {
      return resolve(path);
    } catch {
      throw new Error(`PNG needs two packages that are not installed: npm install ${packages.join(' ')}`);
    }
  };
  const wasm = place('@resvg/resvg-wasm/index_bg.wasm');
  const fonts = join(place('dejavu-fonts-ttf/package.json'), '../ttf');
  const { initWasm, Resvg } = (await import(packages[0]!)) as Resvg;
  await initWasm(await readFile(wasm));
  const fontBuffers = await Promise.all(
    ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((name) => readFile(join(fonts, name))),
  );
  const font = { fontBuffers, defaultFontFamily: FIGURE_FONT, sansSerifFamily: FIGURE_FONT };
  return (svg) => {
    const drawing = new Resvg(svg, { font, fitTo: { mode: 'zoom', value: ZOOM } });
    const image = drawing.render();
    const png = withDensity(image.asPng());
    image.free();
    drawing.free();
    return png;
  };
}

/** Says how large the picture is meant to be (the chunk pHYs), which typesetting programs go by. */
function withDensity(png: Uint8Array): Uint8Array {
  // The signature and the header chunk.
  const begin = 8 + 25;
  const chunk = Buffer.alloc(21);
  chunk.writeUInt32BE(9, 0);
  chunk.write('pHYs', 4, 'latin1');
  chunk.writeUInt32BE(DOTS_PER_METRE, 8);
  chunk.writeUInt32BE(DOTS_PER_METRE, 12);
  chunk.writeUInt8(1, 16);
  chunk.writeInt32BE(crc32.buf(chunk.subarray(4, 17)), 17);
  return Buffer.concat([png.subarray(0, begin), chunk, png.subarray(begin)]);
}
