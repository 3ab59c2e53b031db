import { shortNumber } from '../../sinks/terminal/shortNumber.ts';
import type { Json } from '../../src/run.ts';
import { plainResult } from '../../src/sweep/plainResult.ts';
import type { VariantResult } from '../../src/sweep/variants.ts';
import { table } from '../../src/testing/table.ts';
import { type CheckResult, type JudgedClaim, judged, ruleText } from './judgement.ts';
import { type FiniteSpread, PartNumbers } from './partNumbers.ts';
import type { Study, StudyPart } from './study.ts';

/** A part with what its runs came to. */
export interface PartReport {
  readonly part: StudyPart;
  readonly results: readonly VariantResult[];
  readonly numbers: PartNumbers;
  readonly claims: readonly JudgedClaim[];
}

/** What a study found. */
export class StudyReport {
  readonly study: Study;
  readonly seeds: readonly number[];
  readonly parts: readonly PartReport[];

  constructor(study: Study, seeds: readonly number[], results: readonly (readonly VariantResult[])[]) {
    this.study = study;
    this.seeds = seeds;
    this.parts = study.parts.map((part, index) => {
      const numbers = new PartNumbers(part.variants, results[index]!);
      return {
        part,
        results: results[index]!,
        numbers,
        claims: part.claims.map((claim) => judged(claim, numbers)),
      };
    });
  }

  /** The tables, the claims with their evidence and verdicts, and the controls, for a person. */
  text(): string {
    const { description, source } = this.study;
    return [
      `${description}\n${source}; ${this.seeds.length} seeds, mean ± standard deviation over those that did not diverge`,
      ...this.parts.map(partText),
      ruleText.replaceAll('. ', '.\n'),
    ].join('\n\n');
  }

  /** All of it as plain data: tables, verdicts, and the numbers of every run. */
  result(): { readonly [name: string]: Json } {
    const { name, description, source } = this.study;
    return plainResult({
      study: name,
      description,
      source,
      seeds: this.seeds,
      rule: ruleText,
      parts: this.parts.map(({ part, results, numbers, claims }) => ({
        title: part.title,
        pipeline: part.pipeline,
        table: part.variants.map(({ label, control = false }) => ({
          variant: label,
          control,
          finished: numbers.finished(label),
          ...Object.fromEntries(part.columns.map(({ path }) => [path, { ...numbers.spread(path, label) }])),
        })),
        claims: claims.map(({ claim, verdict, checks }) => ({
          claim: claim.text,
          control: claim.control ?? false,
          verdict,
          checks: checks.map(plainCheck),
        })),
        runs: results.map(({ cell, parameters, seed, outcome: { run: _run, job: _job, ...outcome } }) => ({
          variant: part.variants[cell]!.label,
          parameters,
          seed,
          ...outcome,
        })),
      })),
    });
  }
}

function plainCheck(result: CheckResult): Json {
  const { check, holds } = result;
  if ('value' in result) {
    const { text, expected } = result.check;
    return { text, expected, value: result.value, holds };
  }
  const { seeds, pairs } = result;
  return { ...(check as typeof result.check), seeds, pairs: { ...pairs }, holds };
}

function partText({ part, numbers, claims }: PartReport): string {
  const { title, variants, columns } = part;
  const lines = variants.map(({ label, control }) => [
    control ? `${label} (control)` : label,
    ...columns.map(({ path }) => spreadText(numbers.spread(path, label), numbers.finished(label))),
  ]);
  return [
    title,
    table(['', ...columns.map(({ header }) => header)], lines),
    ...claims.map((claim) => claimText(claim, part)),
  ].join('\n');
}

function claimText({ claim, verdict, checks }: JudgedClaim, part: StudyPart): string {
  const word = claim.control ? { reproduces: 'holds', 'does not reproduce': 'does not hold' }[verdict as string] : null;
  const head = `${claim.control ? 'control' : 'claim'}: ${claim.text}: ${(word ?? verdict).toUpperCase()}`;
  return [head, ...checks.map((check) => `  ${check.holds ? '+' : '-'} ${checkText(check, part)}`)].join('\n');
}

function checkText(result: CheckResult, { columns }: StudyPart): string {
  if ('value' in result) {
    const { text, expected } = result.check;
    return `${text}: ${shortNumber(result.value)} (expected ${expected})`;
  }
  const { check, pairs, seeds } = result;
  const header = columns.find(({ path }) => path === check.number)?.header ?? check.number;
  const sign = pairs.mean > 0 ? '+' : '';
  const agreeing = check.expected === 'higher' ? pairs.higher : pairs.lower;
  return `${header}, ${check.of} minus ${check.than}: ${sign}${shortNumber(pairs.mean)} ± ${shortNumber(pairs.standardError)} (expected ${check.expected}: ${agreeing} of ${seeds} seeds)`;
}

function spreadText({ count, mean, standardDeviation }: FiniteSpread, finished: number): string {
  if (count === 0) return finished === 0 ? 'no run' : '-';
  const deviation = count > 1 ? ` ±${short(standardDeviation)}` : '';
  return `${short(mean)}${deviation}${count < finished ? ` (${count} of ${finished})` : ''}`;
}

/** In a table three digits are enough. */
function short(value: number): string {
  return shortNumber(Number(value.toPrecision(3)));
}
