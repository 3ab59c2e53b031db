import { type Offer, subprotocols } from '../../formats/webSocket/protocol.ts';

/** Thrown when a server cannot be reached, or does not let us in, or does not speak the protocol. */
export class CannotConnectError extends Error {
  constructor(url: string, reason: string, cause?: unknown) {
    super(`cannot connect to ${url}: ${reason}`, { cause });
    this.name = 'CannotConnectError';
  }
}

/**
 * Begins to connect, in Node and in a browser. Handlers that are set as soon as this settles hear every event.
 *
 * @param url `ws://127.0.0.1:4747/`; `http:` is taken for `ws:`.
 * @param asked parameters of the address: what is wanted, never a secret
 * @throws {TypeError} for what is no address
 */
export async function openSocket(url: string, asked: readonly [string, string][], offer: Offer): Promise<WebSocket> {
  const address = new URL(url);
  address.protocol = address.protocol.replace('http', 'ws');
  for (const [name, value] of asked) address.searchParams.append(name, value);
  // Node has a WebSocket of its own from 22 on.
  const Socket = globalThis.WebSocket ?? ((await import('ws')).WebSocket as unknown as typeof WebSocket);
  const socket = new Socket(address, subprotocols(offer));
  socket.binaryType = 'arraybuffer';
  return socket;
}
