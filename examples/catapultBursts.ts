// Catapults on demand: two bursts above the critical rate, then training as usual, beside a run without them.
import { agopAlignment, evaluate, lowRankRegression, mlp, train } from 'onager';
import { lastValueFrom } from 'rxjs';

interface Seen {
  readonly loss: number;
  readonly critical: number;
}

/** Takes what a step shows, gives its learning rate. */
function* feedback(bursts: number): Generator<number, never, Seen> {
  let now = yield 0;
  const base = 0.5 * now.critical;
  for (let burst = 0; burst < bursts; burst++) {
    const start = now;
    // Up, until the kernel's largest eigenvalue has halved and the critical rate has doubled.
    for (let step = 0; step < 40 && now.critical < 2 * start.critical && now.loss < 1e4 * start.loss; step++)
      now = yield 1.3 * now.critical;
    do now = yield 0.5 * now.critical;
    while (now.loss > start.loss);
  }
  for (;;) now = yield base;
}

for (const bursts of [0, 2]) {
  const loop = feedback(bursts);
  loop.next();
  const run = train({
    task: lowRankRegression({ target: 'r2', dimension: 20, samples: 200 }),
    model: mlp({ widths: [256] }),
    learningRate: async ({ loss, probe }) =>
      loop.next({ loss, critical: await probe.train.criticalLearningRate() }).value,
    steps: 1000,
    until: ({ loss }) => loss < 1e-3,
  });
  const { step, evaluation, agopAlignment: agop } = await lastValueFrom(run.pipe(evaluate(), agopAlignment()));
  const [test, alignment] = [evaluation.testLoss.toFixed(3), agop.alignment.toFixed(3)];
  console.log(`${bursts} bursts, ${step} steps: test loss ${test}, AGOP alignment ${alignment}`);
}
