import { Observable } from 'rxjs';
import { CLOSE } from '../../formats/webSocket/protocol.ts';
import { CannotConnectError, openSocket } from './openSocket.ts';
import type { MessageOptions, RunMessage } from './runMessage.ts';
import { RunReader } from './runReader.ts';

export type { ConnectionOptions, MessageOptions, RunMessage } from './runMessage.ts';

const firstPause = 500;
const longestPause = 15_000;

/**
 * Everything a server tells of its run, from the first row on. A connection that was there and is lost comes
 * back by itself, and goes on with the row after the last: none is missed, none doubled. One that was never
 * there is an error. Works in Node and in a browser.
 *
 * @param url `ws://127.0.0.1:4747/`; `http:` is taken for `ws:`.
 * @throws {CannotConnectError} as an error of the stream.
 */
export function runMessages(url: string, options: MessageOptions = {}): Observable<RunMessage> {
  return new Observable((subscriber) => {
    let socket: WebSocket | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let pause = firstPause;
    let reached = false;
    const reader = new RunReader(options, subscriber, (message) => socket?.send(JSON.stringify(message)));

    const fail = (error: unknown) => {
      const { message } = error as Error;
      subscriber.error(error instanceof CannotConnectError ? error : new CannotConnectError(url, message, error));
      socket?.close();
    };

    const connect = async () => {
      await reader.ready();
      if (subscriber.closed) return;
      const opened = await openSocket(url, reader.asks(), options);
      socket = opened;
      let reason = 'nobody answers there';
      opened.onerror = (event) => {
        reason = (event as unknown as { message?: string }).message || reason;
      };
      opened.onmessage = ({ data }) => {
        if (subscriber.closed) return;
        reached = true;
        pause = firstPause;
        try {
          reader.take(data as string | ArrayBuffer);
        } catch (error) {
          fail(error);
        }
      };
      opened.onclose = ({ code }) => {
        if (subscriber.closed) return;
        if (code === CLOSE.tokenNeeded) fail(new CannotConnectError(url, 'the token is missing or wrong'));
        else if (!reached) fail(new CannotConnectError(url, reason));
        else {
          // Many clients of one server do not all come back in the same moment.
          const retryIn = pause * (0.75 + Math.random() / 2);
          pause = Math.min(2 * pause, longestPause);
          subscriber.next({ kind: 'lost', retryIn });
          retry = setTimeout(begin, retryIn);
        }
      };
      if (subscriber.closed) opened.close();
    };
    const begin = () => void connect().catch(fail);

    begin();
    return () => {
      clearTimeout(retry);
      socket?.close();
    };
  });
}
