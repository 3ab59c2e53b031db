import type { Parameters } from '../../src/sweep/job.ts';
import type { PartNumbers } from './partNumbers.ts';

/** A variant of a pipeline that a study runs, with every seed. */
export interface StudyVariant {
  /** What it is called in the tables: `b = 5`. */
  readonly label: string;
  readonly parameters: Parameters;
  /** Something that should not show the effect, or shows it for another reason. */
  readonly control?: boolean;
}

/** A number of the results as a column of a study's table. */
export interface StudyColumn {
  readonly header: string;
  /** Where it is in the result of a run: `testLoss.after`. */
  readonly path: string;
  /** Its name in the Arrow file; default: the path. */
  readonly name?: string;
  readonly unit: string;
}

/** One thing that a claim says, put so that a number decides. */
export type Check = DifferenceCheck | ValueCheck;

/** One variant beside another, seed by seed. */
export interface DifferenceCheck {
  readonly kind: 'difference';
  /** Path of the number. */
  readonly number: string;
  /** Labels of the two variants. */
  readonly of: string;
  readonly than: string;
  readonly expected: 'lower' | 'higher';
}

/** One number of all the runs of a part. */
export interface ValueCheck {
  readonly kind: 'value';
  readonly text: string;
  /** What was expected, in words: `below -0.8`. */
  readonly expected: string;
  readonly of: (numbers: PartNumbers) => number;
  readonly holds: (value: number) => boolean;
}

export interface Claim {
  readonly text: string;
  readonly checks: readonly Check[];
  /** A control is told beside the claims, and makes nothing of them true or false. */
  readonly control?: boolean;
}

/** The variants of one pipeline that belong in one table, and what is claimed of them. */
export interface StudyPart {
  readonly title: string;
  /** The pipeline, by the name under which `onager/pipelines` exports it. */
  readonly pipeline: string;
  /** What all variants have in common. */
  readonly parameters?: Parameters;
  readonly variants: readonly StudyVariant[];
  readonly columns: readonly StudyColumn[];
  readonly claims: readonly Claim[];
}

/** What a paper claims, as variants to run and numbers that decide. */
export interface Study {
  /** That of the pipeline which it is mainly about. */
  readonly name: string;
  readonly description: string;
  /** The paper and where in it. */
  readonly source: string;
  readonly parts: readonly StudyPart[];
}

/** The variant has less of a number than another. */
export function lower(number: string, of: string, than: string): DifferenceCheck {
  return { kind: 'difference', number, of, than, expected: 'lower' };
}

/** The variant has more of a number than another. */
export function higher(number: string, of: string, than: string): DifferenceCheck {
  return { kind: 'difference', number, of, than, expected: 'higher' };
}
