import fc from 'fast-check';
import { readClientMessage } from '../../sinks/websocket/clientMessage.ts';
import { RunHistory } from '../../sinks/websocket/runHistory.ts';
import { encodeRows, encodeRunSchema } from '../../sinks/websocket/runRecordBatch.ts';
import { Run } from '../../src/run.ts';
import { ArrowFrames } from '../../src/sources/webSocket/arrowFrames.ts';
import { rowsOfFrame } from '../../src/sources/webSocket/rowsOfFrame.ts';
import { readServerMessage, UnreadableFrame } from '../../src/sources/webSocket/serverMessage.ts';
import { sampleRun } from './websocketClient.ts';

/** Frames that were once right. */
const clientFrames = [
  '{"type":"subscribe","run":"5c0e","from":12}',
  '{"type":"unsubscribe","run":"5c0e"}',
  '{"type":"authorize","token":"secret","id":"1"}',
  '{"type":"control","run":"5c0e","action":{"type":"setLearningRate","value":0.1}}',
];

const run = sampleRun();
const history = new RunHistory(run);
for (let step = 0; step < 20; step++) {
  const fields = { loss: step === 3 ? Number.NaN : 1 / step, note: step % 5 ? null : 'x', kernel: { lambda: step } };
  history.append({ run, step, ...fields } as never);
}
const serverFrames = [
  JSON.stringify(history.hello(0, 'onager.json.v1')),
  '{"type":"rows","run":"a","from":3,"count":2,"columns":{"step":[3,4],"loss":["NaN",null],"note":["x",null]}}',
  '{"type":"gap","run":"a","from":0,"to":128,"first":0,"size":64,"reason":"slow","columns":{"loss":{"min":[1,2],"minRow":[0,64],"max":[3,4],"maxRow":[1,65],"marks":[0,7]}},"exact":{"rows":[5],"columns":{"loss":[1]}}}',
  '{"type":"events","run":"a","events":[{"group":"spikes","begin":412,"event":{"kind":"spike"}}]}',
  '{"type":"status","run":null,"state":"waiting"}',
  '{"type":"runs","runs":[{"run":"a","name":"b","state":"running","startedAt":1,"rows":2}]}',
  '{"type":"dropped","run":"a","reason":"no such run"}',
  '{"type":"answer","id":null,"accepted":true}',
];

/** A column of each type that needs a decoder of its own: frames are small, so that damage hits what matters. */
const small = new RunHistory(
  new Run('small', [
    { name: 'loss', type: 'float64', unit: '', meaning: '' },
    { name: 'note', type: 'utf8', unit: '', meaning: '' },
    { name: 'fresh', type: 'bool', unit: '', meaning: '' },
  ]),
);
for (let step = 0; step < 6; step++) small.append({ step, loss: 1 / step, note: step % 2 ? 'x' : null } as never);
const schemaFrame = new Uint8Array(encodeRunSchema(small));
const batchFrame = new Uint8Array(encodeRows(small, 0, 6));
const frames = new ArrowFrames(schemaFrame);

/** Small whole numbers that follow from a seed (xorshift): as many as are wanted, at no cost. */
class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  below(bound: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % bound;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
}

const pieces = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  ',',
  'null',
  '-1',
  '1e999',
  '0',
  '"__proto__":',
  '\u0000',
  '1.5',
  'é',
  '\\',
];

/** Text that was right, with some of it replaced, cut out or cut off; now and then text that never was. */
function hostileText(right: readonly string[], chance: Chance): string {
  let text = chance.below(10) === 0 ? '' : chance.of(right);
  for (let damages = chance.below(4); damages >= 0; damages--) {
    const begin = chance.below(text.length + 1);
    text = text.slice(0, begin) + chance.of(pieces) + text.slice(begin + chance.below(7));
  }
  return text;
}

/** Bytes that were right, with some of them changed, or cut off; now and then bytes that never were. */
function hostileBytes(right: Uint8Array, chance: Chance): Uint8Array {
  const length = chance.below(5) === 0 ? chance.below(right.length) : right.length;
  const bytes = right.slice(0, length);
  if (chance.below(10) === 0) for (let i = 0; i < length; i++) bytes[i] = chance.below(256);
  for (let damages = chance.below(6); damages >= 0; damages--) {
    bytes[chance.below(right.length)] = chance.of([0, 1, 127, 128, 255, chance.below(256)]);
  }
  return bytes;
}

/** Whatever it does, it ends, and throws nothing but {@link UnreadableFrame}. */
function survives(read: () => void): boolean {
  try {
    read();
  } catch (error) {
    if (!(error instanceof UnreadableFrame)) throw error;
  }
  return true;
}

/** Damaged frames that come from one seed: drawing each of them alone takes longer than reading it. */
const PER_SEED = 100;

function law<T>(draw: (chance: Chance) => T, holds: (input: T) => boolean): fc.IProperty<[number]> {
  return fc.property(fc.integer(), (seed) => {
    const chance = new Chance(seed);
    for (let i = 0; i < PER_SEED; i++) {
      const input = draw(chance);
      try {
        if (holds(input)) continue;
      } catch (cause) {
        throw new Error(`${cause} for ${printed(input)}`, { cause });
      }
      throw new Error(`does not hold for ${printed(input)}`);
    }
  });
}

function printed(input: unknown): string {
  return input instanceof Uint8Array ? Buffer.from(input).toString('hex') : JSON.stringify(input);
}

/** For each decoder of frames the law that no input breaks it. */
const laws = {
  'what clients say': law(
    (chance) => hostileText(clientFrames, chance),
    (text) => {
      const read = readClientMessage(text);
      if ('code' in read) return [1007, 1008].includes(read.code) && Buffer.byteLength(read.reason) <= 123;
      return ['subscribe', 'unsubscribe', 'authorize', 'control'].includes(read.type);
    },
  ),
  'text frames of a server': law(
    (chance) => hostileText(serverFrames, chance),
    (text) =>
      survives(() => {
        const message = readServerMessage(text);
        if (message?.type === 'rows') for (const _ of rowsOfFrame(message.count, message.columns ?? {}, run));
      }),
  ),
  'Arrow schemas': law(
    (chance) => hostileBytes(schemaFrame, chance),
    (bytes) => survives(() => void new ArrowFrames(bytes)),
  ),
  'Arrow record batches': law(
    (chance) => hostileBytes(batchFrame, chance),
    (bytes) => survives(() => void frames.rows(bytes, 6)),
  ),
};

export const decoders = Object.keys(laws) as (keyof typeof laws)[];

/** @throws what fast-check reports when one of so many damaged frames breaks the decoder */
export function checkDecoder(decoder: keyof typeof laws, inputs: number): void {
  const { stackTraceLimit } = Error;
  // Refusing is what decoders do here nearly always; the stack takes longer than the refusal.
  Error.stackTraceLimit = 0;
  try {
    fc.assert(laws[decoder], { numRuns: inputs / PER_SEED });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
