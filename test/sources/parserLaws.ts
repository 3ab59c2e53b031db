import fc from 'fast-check';
import { csvParser } from '../../src/sources/textLines/csv.ts';
import { parseJsonLine } from '../../src/sources/textLines/jsonLine.ts';
import { parseMegatronLine } from '../../src/sources/textLines/megatron.ts';
import { parseNanoGptLine } from '../../src/sources/textLines/nanoGpt.ts';
import { Malformed, type ParsedLine } from '../../src/sources/textLines/parsedLine.ts';
import { patternParser } from '../../src/sources/textLines/pattern.ts';
import { parsePythonDict } from '../../src/sources/textLines/pythonDict.ts';
import { parseTrainerState } from '../../src/sources/textLines/trainerState.ts';
import { bloom } from './loggedLines.ts';

/** Text that is nearly a line of some format: pieces of real ones, cut, doubled, and with noise between. */
function nearly(...lines: string[]): fc.Arbitrary<string> {
  const piece = fc
    .constantFrom(...lines)
    .chain((line) =>
      fc
        .tuple(fc.nat(line.length), fc.nat(line.length))
        .map(([a, b]) => line.slice(Math.min(a, b), Math.max(a, b) + 1)),
    );
  const noise = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.constantFrom(
      '"',
      '\\',
      '|',
      ':',
      '/',
      ',',
      'NaN',
      '-Infinity',
      '1e999',
      '\0',
      '\r',
      '  '.repeat(40),
      '9'.repeat(40),
    ),
  );
  const mutated = fc
    .tuple(fc.constantFrom(...lines), fc.nat(200), fc.nat(3), noise)
    .map(
      ([line, at, drop, text]) =>
        line.slice(0, at % (line.length + 1)) + text + line.slice((at % (line.length + 1)) + drop),
    );
  return fc.oneof(
    mutated,
    fc.array(fc.oneof(piece, noise), { maxLength: 5 }).map((parts) => parts.join('')),
    noise,
  );
}

const seeds = {
  json: ['{"step":1,"loss":NaN,"a":{"b":[1,{"c":null}]},"s":"x\\"y"}', '{"loss":"1e5","__proto__":{"a":1}}'],
  csv: ['step,loss,"a ""b"""', '1,0.5,"x"', 'a;b;c'],
  megatron: [bloom],
  nanoGpt: ['iter 100: loss 2.3456, time 12.34ms, mfu 17.50%', 'step:5/5100 train_loss:7.6140 step_avg:nanms'],
  pythonDict: ["{'loss': 2.3, 'epoch': 0.1, \"a\": 'b', 'c': None}"],
};

/** What every parser promises of any text. */
export function isSound(parsed: ParsedLine): boolean {
  if (parsed === null || parsed instanceof Malformed) return true;
  return Object.values(parsed).every(
    (value) => value === null || ['number', 'boolean', 'string'].includes(typeof value),
  );
}

const ofLines = (lines: string[], parse: (line: string) => ParsedLine) => (numRuns: number) =>
  fc.assert(
    fc.property(nearly(...lines), (line) => isSound(parse(line))),
    { numRuns },
  );

/** Searches for a text that a parser neither reads nor refuses, among as many as one likes. */
export const parserLaws: Readonly<Record<string, (numRuns: number) => void>> = {
  JSON: ofLines(seeds.json, parseJsonLine),
  CSV: (numRuns) => {
    let parse = csvParser();
    const law = fc.property(nearly(...seeds.csv), fc.boolean(), (line, anew) => {
      if (anew) parse = csvParser();
      return isSound(parse(line));
    });
    fc.assert(law, { numRuns });
  },
  Megatron: ofLines(seeds.megatron, parseMegatronLine),
  nanoGPT: ofLines(seeds.nanoGpt, parseNanoGptLine),
  'a Python dictionary': ofLines(seeds.pythonDict, parsePythonDict),
  'a pattern': ofLines(['5: 1.5', '7: nan'], patternParser('(?<step>\\d+): (?<loss>\\S+)')),
  'trainer_state.json': (numRuns) => {
    const text = '{"log_history": [{"step":1,"loss":NaN},{"step":2,"eval_loss":1.5}]}';
    const law = fc.property(nearly(text), (given) => {
      const parsed = parseTrainerState(given);
      return parsed instanceof Malformed || parsed.every(isSound);
    });
    fc.assert(law, { numRuns });
  },
};
