import { expect, it } from 'vitest';
import { readClientMessage } from '../../sinks/websocket/clientMessage.ts';
import { readServerMessage } from '../../src/sources/webSocket/serverMessage.ts';
import { frameLaws } from './hostileFrames.ts';

it.each(Object.entries(frameLaws))('%s: 100 000 damaged frames break nothing', (_, law) => law(100_000));

it('reads what is right', () => {
  expect(readClientMessage('{"type":"subscribe","run":"a","from":3}')).toEqual({
    type: 'subscribe',
    run: 'a',
    from: 3,
  });
  expect(readClientMessage(undefined)).toMatchObject({ code: 1008 });
  expect(readServerMessage('{"type":"a message of tomorrow","x":1}')).toBeUndefined();
  expect(readServerMessage('{"type":"toString"}')).toBeUndefined();
});

it.each([
  ['nonsense', 'it is not JSON'],
  ['{"type":"rows","run":"a","from":0,"count":99999999,"columns":{}}', 'count 99999999: expected 65536 at most'],
  ['{"type":"rows","run":"a","from":-1,"count":1}', 'from: expected a whole number, 0 or more'],
  ['{"type":"rows","run":"a","from":0,"count":2,"columns":{"loss":[1]}}', 'loss: expected a list of 2'],
  [
    '{"type":"hello","run":"a","name":"b","metadata":{},"columns":[{"name":"x","type":"int64"}]}',
    'column x: type int64',
  ],
])('%s: says what is wrong', (text, expected) => {
  expect(() => readServerMessage(text)).toThrow(expected);
});
