import { fileURLToPath } from 'node:url';
import { Subject } from 'rxjs';
import { build } from 'vite';
import { expect, it } from 'vitest';
import type { ControlMessage } from '../../src/training/control.ts';
import { play, serve, visit } from './visiting.ts';

const controlToken = 'a control token long enough';

/** The program of `liveClient.ts` as one script. */
async function bundled(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2022',
      lib: { entry: fileURLToPath(new URL('./liveClient.ts', import.meta.url)), formats: ['iife'], name: 'client' },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  });
  const [bundle] = [built].flat();
  if (bundle === undefined || !('output' in bundle)) throw new Error('nothing was built');
  return bundle.output[0].code;
}

it('a page reads and controls a run with fromWebSocket and controlOf', async () => {
  const server = await serve({ controlToken });
  const control$ = new Subject<ControlMessage>();
  const taken: ControlMessage[] = [];
  control$.subscribe((message) => taken.push(message));
  const run = play(server, 'watched', {}, control$);
  run.to(99);
  // Of the same origin: pages of others may not read a server.
  const page = await visit(`${server.url}icon.svg`);
  await page.evaluate(await bundled());
  await page.evaluate(
    ([url, token]) => (globalThis as never as Client).pause(url!, token!),
    [server.url, controlToken],
  );
  expect(taken).toEqual([{ type: 'pause' }]);
  run.source.complete();
  for (const encoding of ['json', 'arrow'] as const) {
    const steps = await page.evaluate(
      ([url, how]) => (globalThis as never as Client).stepsOf(url!, how as 'json' | 'arrow'),
      [server.url, encoding],
    );
    expect(steps).toEqual(Array.from({ length: 100 }, (_, step) => step));
  }
});

interface Client {
  stepsOf(url: string, encoding: 'json' | 'arrow'): Promise<number[]>;
  pause(url: string, controlToken: string): Promise<void>;
}
