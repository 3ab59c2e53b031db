import { z } from 'zod';

/** What can be asked of a running training. */
export const ControlMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('pause') }),
  z.strictObject({ type: z.literal('resume') }),
  /** Takes a checkpoint after the step in progress; for runs that have somewhere to put it. */
  z.strictObject({ type: z.literal('checkpoint') }),
  /** Ends the run after the step in progress, as if its last step had come. */
  z.strictObject({ type: z.literal('stop') }),
  /** From the next step on, whatever the schedule says. */
  z.strictObject({ type: z.literal('setLearningRate'), value: z.number().min(0) }),
]);

export type ControlMessage = z.infer<typeof ControlMessage>;
