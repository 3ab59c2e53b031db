import { flatRecord } from './jsonLine.ts';
import { jsonObject } from './jsonObject.ts';
import { Malformed, type TextRecord } from './parsedLine.ts';

/**
 * The records of a `trainer_state.json` of Hugging Face's `Trainer`, which is one JSON object, written anew at each
 * checkpoint: its `log_history`, a list of objects with a `step`. Never throws.
 * Source: `TrainerState` in transformers/trainer_callback.py.
 */
export function parseTrainerState(text: string): readonly TextRecord[] | Malformed {
  const state = jsonObject(text.replace(/^\uFEFF/, ''));
  if (state === null || state instanceof Malformed) return new Malformed('expected one object as JSON');
  const { log_history: history } = state;
  if (!Array.isArray(history)) return new Malformed("expected a list 'log_history'");
  return history.flatMap((entry: unknown) =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry)
      ? [flatRecord(entry as Record<string, unknown>)]
      : [],
  );
}
