import type { IncomingMessage } from 'node:http';

/** What a request asks for, or undefined where that cannot be parsed: anything may stand there. */
export function addressOf({ url }: IncomingMessage): URL | undefined {
  try {
    return url?.startsWith('/') ? new URL(`http://host${url}`) : undefined;
  } catch {
    return undefined;
  }
}
