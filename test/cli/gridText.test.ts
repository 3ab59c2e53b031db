import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { gridValues } from '../../src/cli/gridText.ts';
import { parameterHelp, parameterName, parameterSchemas, parameterValue } from '../../src/cli/parameterText.ts';

describe('grid values', () => {
  it.each([
    ['0.1,0.2', ['0.1', '0.2']],
    ['sgd, sam', ['sgd', 'sam']],
    ['0..3', ['0', '1', '2', '3']],
    ['-1..1,5', ['-1', '0', '1', '5']],
    ['logspace(1e-3,1,4)', ['0.001', '0.01', '0.1', '1']],
    ['logspace(1e-3,1,7)', ['0.001', '0.00316227766017', '0.01', '0.0316227766017', '0.1', '0.316227766017', '1']],
    ['linspace(1,2,5), 9', ['1', '1.25', '1.5', '1.75', '2', '9']],
    ['linspace(2,-2,3)', ['2', '0', '-2']],
    ['[64,64],[64]', ['[64,64]', '[64]']],
    ['../data', ['../data']],
  ])('%s', (text, expected) => {
    expect(gridValues(text)).toEqual(expected);
  });

  it.each([
    ['', /expected a value on either side/],
    ['1,,2', /'1,,2': expected a value/],
    ['3..1', /'3\.\.1': expected first\.\.last/],
    ['0..99999999', /at most 10000/],
    ['logspace(0,1,3)', /two numbers above 0/],
    ['logspace(1,2)', /expected logspace\(a, b, n\)/],
    ['logspace(1,10,x)', /'logspace\(1,10,x\)'/],
    ['linspace(1,2,1)', /at least 2/],
    ['1,2,1', /1 is there twice/],
    ['0..3,2', /2 is there twice/],
  ])('%j is refused', (text, message) => {
    expect(() => gridValues(text)).toThrow(message);
  });

  it('logspace: as many as asked for, both ends, equal ratios', () => {
    const end = fc.double({ min: 1e-6, max: 1e6, noNaN: true }).map((value) => Number(value.toPrecision(6)));
    fc.assert(
      fc.property(end, end, fc.integer({ min: 2, max: 30 }), (from, to, count) => {
        fc.pre(Math.abs(Math.log(to / from)) > 0.01);
        const values = gridValues(`logspace(${from},${to},${count})`).map(Number);
        expect(values).toHaveLength(count);
        expect(values[0]).toBe(from);
        expect(values.at(-1)).toBe(to);
        const ratio = (to / from) ** (1 / (count - 1));
        for (let i = 1; i < count; i++) expect(values[i]! / values[i - 1]! / ratio).toBeCloseTo(1, 9);
      }),
    );
  });
});

describe('parameters', () => {
  const options = z.strictObject({
    testSamples: z.int().min(1).default(10),
    method: z.enum(['sgd', 'sam']),
    path: z.string().optional(),
    follow: z.boolean().default(true),
    widths: z.array(z.int()).optional(),
    rate: z.union([z.number(), z.literal('auto')]).default('auto'),
  });
  const schemas = parameterSchemas(options);

  it('have names in kebab case or camel case', () => {
    expect(parameterName('test-samples', schemas)).toBe('testSamples');
    expect(parameterName('testSamples', schemas)).toBe('testSamples');
    expect(() => parameterName('samples', schemas)).toThrow(/'samples': expected one of testSamples, method/);
    expect(() => parameterName('toString', schemas)).toThrow(/expected one of/);
    expect(Object.keys(parameterSchemas(options.transform((value) => value)))).toEqual(Object.keys(schemas));
  });

  it.each([
    ['testSamples', '5', 5],
    ['path', '5', '5'],
    ['path', 'true', 'true'],
    ['follow', 'false', false],
    ['widths', '[64,32]', [64, 32]],
    ['rate', '1e-3', 1e-3],
    ['rate', 'auto', 'auto'],
    ['method', 'sam', 'sam'],
  ])('%s %s', (name, text, value) => {
    expect(parameterValue(text, schemas[name]!)).toEqual(value);
  });

  it.each([
    ['testSamples', '0', /'0': Too small/],
    ['testSamples', 'x', /'x': .*expected number/],
    ['testSamples', '', /'': .*expected number/],
    ['method', 'adam', /'adam': .*"sgd"\|"sam"/],
    ['follow', '1', /'1': .*boolean/],
    ['widths', '[64', /'\[64': .*array/],
  ])('%s %j is refused', (name, text, message) => {
    expect(() => parameterValue(text, schemas[name]!)).toThrow(message);
  });

  it('say what they take', () => {
    expect(Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, parameterHelp(schema)]))).toEqual({
      testSamples: 'integer (default: 10)',
      method: 'sgd, sam',
      path: 'text',
      follow: 'boolean (default: true)',
      widths: 'array',
      rate: 'a value (default: "auto")',
    });
  });
});
