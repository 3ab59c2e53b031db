import { z } from 'zod';
import { checked } from '../../src/validation.ts';
import { isLoopback } from './admission.ts';
import { CannotServeError } from './cannotServe.ts';
import type { Controlled } from './runShelf.ts';

/** Where and how to serve; the defaults let nobody but this machine in. */
export interface ServeOptions {
  /** Port to open; 0 takes any free one. Default 4747. */
  readonly port?: number | undefined;
  /** Address to bind. Default 127.0.0.1; anything but loopback needs a token. */
  readonly host?: string | undefined;
  /** What a client must bring, 16 characters or more. Default: none is asked for. */
  readonly token?: string | undefined;
  /** What a client must bring to control runs, 16 characters or more. Default: nobody may. */
  readonly controlToken?: string | undefined;
  /** Where control messages go, for runs that bring no `control$` of their own: a `Subject` given to `train` too. */
  readonly control$?: Controlled | undefined;
  /** Bytes that may wait in the socket of one client before it is sent nothing more. Default 1 MiB. */
  readonly clientBytes?: number | undefined;
  /** Bytes of rows that a slow client may fall behind before what it missed is thinned. Default 8 MiB. */
  readonly lagBytes?: number | undefined;
  /** Bytes that the rows of one run may take before the oldest are thinned. Default 256 MiB. */
  readonly historyBytes?: number | undefined;
  /** Bytes that the rows of all runs may take before runs that ended are let go. Default 1 GiB. */
  readonly memoryBytes?: number | undefined;
  /** Seconds between two signs of life; a client is given up after two. Default 15. */
  readonly heartbeat?: number | undefined;
}

const bytes = z.number('expected a number of bytes').min(1, 'expected a number of bytes, 1 or more');

const limits = z.object({
  clientBytes: bytes.default(2 ** 20),
  lagBytes: bytes.default(2 ** 23),
  historyBytes: bytes.default(2 ** 28),
  memoryBytes: bytes.default(2 ** 30),
  heartbeat: z.number('expected seconds').positive('expected seconds above 0').max(86_400).default(15),
});

export interface CheckedOptions extends z.output<typeof limits> {
  readonly port: number;
  readonly host: string;
  readonly token: string | undefined;
  readonly controlToken: string | undefined;
  readonly control$: Controlled | undefined;
}

/**
 * The options with defaults filled in.
 * @throws {CannotServeError} for what would let the wrong people in, or cannot be a port
 * @throws {RangeError} for a limit out of range
 */
export function checkedOptions(options: ServeOptions): CheckedOptions {
  const { port = 4747, host = '127.0.0.1', token, controlToken, control$ } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new CannotServeError(`port ${port}: expected a whole number from 0 to 65535`);
  }
  if (token === undefined && !isLoopback(host)) {
    throw new CannotServeError(`serving on ${host} lets others in: give a token, or bind 127.0.0.1`);
  }
  for (const [kind, secret] of [
    ['token', token],
    ['control token', controlToken],
  ] as const) {
    if (secret !== undefined && secret.length < 16) {
      throw new CannotServeError(`a ${kind} of ${secret.length} characters can be guessed: give one of 16 or more`);
    }
  }
  if (controlToken !== undefined && controlToken === token) {
    throw new CannotServeError('the control token is the token that lets clients read: give another one');
  }
  return { ...checked('serveDashboard', limits, options), port, host, token, controlToken, control$ };
}
