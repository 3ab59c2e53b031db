import { lastValueFrom, toArray } from 'rxjs';
import { controlOf } from '../../src/sources/webSocket/controlOf.ts';
import { fromWebSocket } from '../../src/sources/webSocket/fromWebSocket.ts';

/** What a page of somebody else does with the library, for `liveClient.test.ts`: bundled there, and run in a browser. */
Object.assign(globalThis, {
  async stepsOf(url: string, encoding: 'json' | 'arrow') {
    const rows = await lastValueFrom(fromWebSocket(url, { encoding }).pipe(toArray()));
    return rows.map(({ step }) => step);
  },
  async pause(url: string, controlToken: string) {
    const control = controlOf(url, { controlToken });
    await control.pause();
    control.close();
  },
});
