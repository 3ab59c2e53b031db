import { z } from 'zod';
import { CLOSE, type ClientMessage } from '../../src/formats/webSocket/protocol.ts';
import { ControlMessage } from '../../src/training/control.ts';

/** A frame that the protocol does not have, and the code to close with. */
export interface Mistake {
  readonly code: typeof CLOSE.notJson | typeof CLOSE.notUnderstood;
  readonly reason: string;
}

const run = z.string().max(64);
const id = z.string().max(64).optional();

const schema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('subscribe'), run, from: z.int().min(0).optional() }),
  z.strictObject({ type: z.literal('unsubscribe'), run }),
  z.strictObject({ type: z.literal('authorize'), token: z.string().max(1024), id }),
  z.strictObject({ type: z.literal('control'), run, action: ControlMessage, id }),
]);

/** What a client says; never throws, whatever it sent. @param text undefined for a binary frame */
export function readClientMessage(text: string | undefined): ClientMessage | Mistake {
  if (text === undefined) return notUnderstood('binary frames come from the server only');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { code: CLOSE.notJson, reason: 'expected JSON' };
  }
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const { path, message } = read.error.issues[0]!;
  return notUnderstood(path.length === 0 ? message : `${path.join('.')}: ${message}`);
}

/** A close reason has room for 123 bytes. */
function notUnderstood(reason: string): Mistake {
  return { code: CLOSE.notUnderstood, reason: reason.replace(/[^ -~]/g, '?').slice(0, 120) };
}
