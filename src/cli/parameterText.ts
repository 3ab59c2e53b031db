import { z } from 'zod';
import type { Json } from '../run.ts';

/** What a pipeline can be given on the command line: its options by name. */
export type ParameterSchemas = { readonly [name: string]: z.ZodType };

/** The options of a pipeline, read off its schema. */
export function parameterSchemas(options: z.ZodType): ParameterSchemas {
  if (options instanceof z.ZodPipe) return parameterSchemas(options.in as z.ZodType);
  return options instanceof z.ZodObject ? (options.shape as ParameterSchemas) : {};
}

/**
 * The option that a name on the command line means: `test-samples` and `testSamples` are the same.
 * @throws {Error} naming the options there are
 */
export function parameterName(text: string, schemas: ParameterSchemas): string {
  const name = text.replace(/-+(\w)/g, (_, letter: string) => letter.toUpperCase());
  if (Object.hasOwn(schemas, name)) return name;
  throw new Error(`'${text}': expected one of ${Object.keys(schemas).join(', ')}`);
}

/**
 * The value that a text means: the first of number, boolean, JSON list or object, and the text itself that the option
 * accepts.
 * @throws {Error} naming the value and what was expected
 */
export function parameterValue(text: string, schema: z.ZodType): Json {
  const readings = readingsOf(text);
  const accepted = readings.find((reading) => schema.safeParse(reading).success);
  if (accepted !== undefined) return accepted;
  throw new Error(`'${text}': ${schema.safeParse(readings[0]).error!.issues[0]!.message}`);
}

function readingsOf(text: string): [Json, ...Json[]] {
  if (text.trim() !== '' && !Number.isNaN(Number(text))) return [Number(text), text];
  if (text === 'true' || text === 'false') return [text === 'true', text];
  if (/^[[{]/.test(text)) {
    try {
      return [JSON.parse(text) as Json, text];
    } catch {
      return [text];
    }
  }
  return [text];
}

/** What an option is and takes, in a few words for `--help`; its description may tell of a default that depends on others. */
export function parameterHelp(schema: z.ZodType): string {
  const { type, enum: choices, default: value, description } = described(schema);
  return [
    ...(description === undefined ? [] : [choices === undefined ? description : `${description}:`]),
    ...(choices === undefined && description !== undefined
      ? []
      : [choices?.join(', ') ?? (type === 'string' ? 'text' : (type ?? 'a value'))]),
    ...(value === undefined ? [] : [`(default: ${JSON.stringify(value)})`]),
  ].join(' ');
}

/** The words that an option accepts; undefined where it takes others. */
export function parameterChoices(schema: z.ZodType): readonly string[] | undefined {
  return described(schema).enum as readonly string[] | undefined;
}

/** What an option takes: `number`, `integer`, `boolean`, `string`; undefined where that is not one thing. */
export function parameterType(schema: z.ZodType): string | undefined {
  const { type } = described(schema);
  return typeof type === 'string' ? type : undefined;
}

function described(schema: z.ZodType) {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}

/** The flag of an option: `test-samples` for `testSamples`. */
export function parameterFlag(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
