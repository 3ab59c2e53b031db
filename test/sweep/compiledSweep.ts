/** The sweep as it is compiled: a worker thread is no part of vitest, and loads no TypeScript on every Node. */
export const compiled = (await import(
  new URL('../../dist/src/sweep/index.js', import.meta.url).href
)) as typeof import('../../src/sweep/index.ts');

/** Where the trainings of these tests are. */
export const trainings = new URL('./trainings.mjs', import.meta.url).href;
