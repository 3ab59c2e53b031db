import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import {
  ARROW_PROTOCOL,
  CONTROL_PROTOCOL,
  JSON_PROTOCOL,
  TOKEN_PROTOCOL,
} from '../../src/formats/webSocket/protocol.ts';
import { addressOf } from './addressOf.ts';

/** Why a connection is refused before it is opened: an HTTP status and a line for whoever reads it. */
export interface Refusal {
  readonly status: 400 | 403 | 404 | 429 | 503;
  readonly reason: string;
}

export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127\.\d+\.\d+\.\d+$/.test(name);
}

/** The subprotocols that a request offers. */
export function offeredProtocols(request: IncomingMessage): string[] {
  return (request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/**
 * Whether a web page may read this server. A page of another site carries its own Origin. A site that
 * points its name at 127.0.0.1 carries that name in Host as well: without a token only loopback names will do.
 */
export function refuse(request: IncomingMessage, hasToken: boolean): Refusal | undefined {
  if (addressOf(request)?.pathname !== '/') return { status: 404, reason: 'connect to /' };
  const { host = '', origin } = request.headers;
  if (!hasToken && !isLoopback(host.replace(/:\d+$/, ''))) {
    return { status: 403, reason: 'without a token this server answers to localhost only' };
  }
  if (origin !== undefined && hostOf(origin) !== host) {
    return { status: 403, reason: 'pages of another origin may not read this server' };
  }
  const offered = offeredProtocols(request).filter((name) => !isSecret(name));
  if (offered.length > 0 && !offered.some(isKnown)) {
    return { status: 400, reason: `expected the subprotocol ${JSON_PROTOCOL} or ${ARROW_PROTOCOL}` };
  }
  return undefined;
}

/** Whether a subprotocol is one that this server speaks. */
export function isKnown(name: string): boolean {
  return name === JSON_PROTOCOL || name === ARROW_PROTOCOL;
}

function isSecret(name: string): boolean {
  return name.startsWith(TOKEN_PROTOCOL) || name.startsWith(CONTROL_PROTOCOL);
}

/** The secret that a request offers as a subprotocol, or undefined. */
export function offeredSecret(
  request: IncomingMessage,
  prefix: typeof TOKEN_PROTOCOL | typeof CONTROL_PROTOCOL,
): Buffer | undefined {
  const offered = offeredProtocols(request).find((name) => name.startsWith(prefix));
  return offered === undefined ? undefined : Buffer.from(offered.slice(prefix.length), 'base64url');
}

/** Whether a secret is the token; takes as long for a near miss as for a far one. */
export function isToken(given: Buffer | undefined, token: string): boolean {
  return given !== undefined && timingSafeEqual(digest(given), digest(Buffer.from(token)));
}

function digest(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}
