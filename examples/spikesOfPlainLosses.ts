// Spikes in losses that come from anywhere: no model, no probe, just numbers.
import { spikes } from 'onager';
import { from } from 'rxjs';

const losses = Array.from({ length: 400 }, (_, step) => {
  const trend = 2 * Math.exp(-step / 150) + 0.1;
  const bump = step >= 200 && step < 206 ? 4 : 1;
  return { step, loss: trend * bump * (1 + 0.02 * Math.sin(7 * step)) };
});

from(losses)
  .pipe(spikes())
  .subscribe(({ spikes: { event } }) => {
    if (event?.state === 'closed') console.log(`${event.verdict} from step ${event.begin}: ${event.evidence}`);
  });
