import type { IncomingMessage } from 'node:http';
import { readClientMessage } from '../../sinks/websocket/clientMessage.ts';
import { connectionRequest } from '../../sinks/websocket/connectionRequest.ts';
import { RunHistory } from '../../sinks/websocket/runHistory.ts';
import { encodeRows, encodeRunSchema } from '../../sinks/websocket/runRecordBatch.ts';
import { Run } from '../../src/run.ts';
import { ArrowFrames } from '../../src/sources/webSocket/arrowFrames.ts';
import { FrameRows } from '../../src/sources/webSocket/frameRows.ts';
import { readServerMessage, UnreadableFrame } from '../../src/sources/webSocket/serverMessage.ts';
import { hostileBytes, hostileText, type Law, law } from '../hostileInputs.ts';
import { sampleRun } from './websocketClient.ts';

/** Frames that were once right. */
const clientFrames = [
  '{"type":"subscribe","run":"5c0e","from":12}',
  '{"type":"unsubscribe","run":"5c0e"}',
  '{"type":"authorize","token":"secret","id":"1"}',
  '{"type":"control","run":"5c0e","action":{"type":"setLearningRate","value":0.1}}',
];

const addresses = ['?follow=none&at=5c0e:12&at=ab:0&missed=every', '?run=5c0e&from=1200', '?at=a:1e999'];

const run = sampleRun();
const rowsOf = new FrameRows(run);
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

/** Whatever it does, it ends, and throws nothing but {@link UnreadableFrame}. */
function survives(read: () => void): boolean {
  try {
    read();
  } catch (error) {
    if (!(error instanceof UnreadableFrame)) throw error;
  }
  return true;
}

/** For each decoder of frames the law that no input breaks it. */
export const frameLaws: Readonly<Record<string, Law>> = {
  'what clients say': law(
    (chance) => hostileText(clientFrames, chance),
    (text) => {
      const read = readClientMessage(text);
      if ('code' in read) return [1007, 1008].includes(read.code) && Buffer.byteLength(read.reason) <= 123;
      return ['subscribe', 'unsubscribe', 'authorize', 'control'].includes(read.type);
    },
  ),
  'what an address asks for': law(
    (chance) => `/${hostileText(addresses, chance)}`,
    (url) => {
      const { follow, places } = connectionRequest({ url } as IncomingMessage);
      return ['all', 'none', 'latest'].includes(follow) && [...places.values()].every((row) => row >= 0);
    },
  ),
  'text frames of a server': law(
    (chance) => hostileText(serverFrames, chance),
    (text) =>
      survives(() => {
        const message = readServerMessage(text);
        if (message?.type === 'rows') for (const _ of rowsOf.of(message.count, message.columns ?? {}));
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
