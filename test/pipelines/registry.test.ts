import { describe, expect, it } from 'vitest';
import * as exported from '../../pipelines/index.ts';
import { parameterSchemas } from '../../src/cli/parameterText.ts';

const everyExport = exported as unknown as Readonly<Record<string, unknown>>;

describe('the registry of pipelines', () => {
  it('has every pipeline there is, under the name that it is exported by', () => {
    const found = Object.keys(everyExport).filter((name) => name.endsWith('Pipeline'));
    expect(Object.keys(exported.pipelines).sort()).toEqual(found.sort());
    for (const [name, pipeline] of Object.entries(exported.pipelines)) expect(everyExport[name]).toBe(pipeline);
  });

  it('has pipelines of different names, with options that a command line can give', () => {
    const all = Object.values(exported.pipelines);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { options } of all) expect(Object.keys(parameterSchemas(options)).length).toBeGreaterThan(0);
  });
});
