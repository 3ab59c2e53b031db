import { filter, type Observable, takeUntil } from 'rxjs';
import { z } from 'zod';
import { isTensorBoard } from '../src/sources/tensorBoard/followEvents.ts';
import { fromTensorBoard } from '../src/sources/tensorBoard/fromTensorBoard.ts';
import { textFormats } from '../src/sources/textLines/formats.ts';
import { fromTextLines } from '../src/sources/textLines/fromTextLines.ts';
import type { TextNotice } from '../src/sources/textLines/textNotice.ts';
import type { LossRow } from '../src/step.ts';
import { checked } from '../src/validation.ts';
import { detectorNames, detectorPipe, supersededBy } from './detectorPipe.ts';
import { EventSummary } from './eventSummary.ts';
import type { Pipeline } from './pipeline.ts';

/** What a log can be said to be. */
export const watchFormats = [...textFormats, 'tensorboard'] as const;

const Options = z.strictObject({
  /** File that grows, folder of TensorBoard's event files, or `-` for standard input. */
  path: z.string().min(1),
  format: z.enum(watchFormats).optional(),
  /** Regular expression with named groups. */
  pattern: z.string().optional(),
  /** Field that is the loss. */
  loss: z.string().optional(),
  /** Field that is the step. */
  step: z.string().optional(),
  /** Whether to wait for more at the end of the file. */
  follow: z.boolean().default(true),
  pipe: z.array(z.enum(detectorNames)).default(['spikes', 'catapults']),
  /** Smallest rise worth an event, as a factor. */
  ratio: z.number().optional(),
  /** Steps within which a spike must come back. */
  patience: z.number().optional(),
  /** Milliseconds between two looks at the file. */
  poll: z.number().min(1).default(200),
});

export type WatchOptions = z.input<typeof Options>;

/**
 * The detectors on a run that Onager does not own: on the log that another program writes, as it grows. On a bare loss
 * the events say what could not be checked.
 */
export const watchPipeline: Pipeline<typeof Options, LossRow> = {
  name: 'watch',
  description: 'watch the log of a run that another program trains',
  options: Options,
  prepare: async (options, { control$, progress = () => {} } = {}) => {
    const { path, pipe, ratio, patience, format, ...given } = checked('watch', Options, options);
    let malformed = 0;
    let restarts = 0;
    const onNotice = ({ kind, text }: TextNotice) => {
      if (kind === 'restarted') restarts++;
      // The first shows what is wrong with all of them, most of the time.
      if (kind === 'malformed' && malformed++ > 0) return;
      progress(kind === 'malformed' ? `${text} (further ones are only counted)` : text);
    };
    let lines: Observable<LossRow>;
    if (format === 'tensorboard' || (format === undefined && path !== '-' && (await isTensorBoard(path)))) {
      const { pattern, step, loss, follow, poll } = given;
      for (const [name, value] of Object.entries({ pattern, step })) {
        if (value !== undefined)
          throw new RangeError(`watch: ${name} = ${value}: expected none for TensorBoard events`);
      }
      lines = fromTensorBoard(path, { loss, follow, poll, onNotice });
    } else {
      lines = fromTextLines(path === '-' ? process.stdin : path, {
        ...given,
        format,
        without: supersededBy(pipe),
        onNotice,
      });
    }
    const detectors = detectorPipe(pipe, {
      ...(ratio === undefined ? {} : { ratio }),
      ...(patience === undefined ? {} : { patience }),
    });
    const stopped = control$?.pipe(filter(({ type }) => type === 'stop'));
    return {
      name: path === '-' ? 'standard-input' : path,
      rows: detectors(stopped === undefined ? lines : lines.pipe(takeUntil(stopped))),
      summary: new EventSummary(() => ({ malformed, restarts })),
    };
  },
};
