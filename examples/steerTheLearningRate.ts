// A detector steers the run: whenever the rate comes above 1.2 times the critical rate, it is halved.
import { lowRankRegression, mlp, tangentKernel, train } from 'onager';
import { BehaviorSubject, tap } from 'rxjs';

const learningRate = new BehaviorSubject(1);

train({
  task: lowRankRegression({ dimension: 20, samples: 200 }),
  model: mlp({ widths: [128] }),
  learningRate,
  steps: 120,
  seed: 3,
})
  .pipe(
    tangentKernel(),
    tap(({ tangentKernel: { learningRateRatio } }) => {
      // Grow the rate a little at each step, until the kernel says that it is too much.
      learningRate.next(learningRate.value * ((learningRateRatio ?? 0) > 1.2 ? 0.5 : 1.05));
    }),
  )
  .subscribe(({ step, loss, learningRate, tangentKernel: { learningRateRatio } }) => {
    if (step % 20 === 0) {
      console.log(
        `step ${step}  loss ${loss.toFixed(4)}  rate ${learningRate.toFixed(2)} = ${learningRateRatio?.toFixed(2)} critical`,
      );
    }
  });
