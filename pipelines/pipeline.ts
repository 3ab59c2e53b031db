import type { Observable } from 'rxjs';
import type { z } from 'zod';
import type { Eventual } from '../src/eventual.ts';
import type { Json } from '../src/run.ts';
import type { Row } from '../src/step.ts';
import type { ControlMessage } from '../src/training/control.ts';
import type { TrainingOptions } from '../src/training/trainingSpec.ts';

/** What a run of a pipeline may be given from outside. */
export interface PipelineContext {
  /** Pause, resume, stop, set the learning rate. */
  readonly control$?: Observable<ControlMessage>;
  /** Where the run of a name, if it is one that trains, puts its checkpoints, and which one it goes on from. */
  readonly training?: (name: string) => Eventual<Omit<TrainingOptions, 'control$'>>;
  /** Told in a line what is being done before the first step. */
  readonly progress?: (line: string) => void;
  /** Whether there may be threads for what is trained beside the run. Default false, as in a thread of a sweep. */
  readonly threads?: boolean;
}

/** What a run found, gathered row by row. */
export interface Summary<R extends Row> {
  push(row: R): void;
  /** The findings as plain data. */
  result(): { readonly [key: string]: Json };
  /** The findings in a few lines for a person. */
  text(): string;
}

/** A run ready to be subscribed to; nothing has been trained yet but what the task itself needs. */
export interface PreparedRun<R extends Row> {
  readonly name: string;
  readonly rows: Observable<R>;
  readonly summary: Summary<R>;
}

/** What the runs of a sweep show together. */
export interface Law {
  /** In a line for a person. */
  readonly text: string;
  readonly numbers: { readonly [name: string]: number };
}

/** A named, parameterised composition of source and operators, runnable from the command line and importable. */
export interface Pipeline<S extends z.ZodType, R extends Row> {
  readonly name: string;
  readonly description: string;
  readonly options: S;
  /** Defaults of a run that is shown alone, such as what is trained beside it; one of many has those of the schema. */
  readonly alone?: Partial<z.input<S>>;
  /** @throws {RangeError} naming the option, its value and what was expected. */
  prepare(options: z.input<S>, context?: PipelineContext): Promise<PreparedRun<R>>;
  /** What the results of several runs show together, such as a fitted law; null where they do not suffice. */
  law?(results: readonly { readonly [name: string]: Json }[]): Law | null;
}
