// An annotator of one's own: the share of negative predictions, measured at every tenth step, in the types and in the file.
import { annotator, every, lowRankRegression, mlp, type TrainingStep, train } from 'onager';
import { toArrow } from 'onager/sinks';

const negatives = annotator({
  name: 'negatives',
  meaning: 'predictions below zero',
  columns: [{ name: 'share', type: 'float64', unit: '1', meaning: 'share of samples predicted to be below zero' }],
  cadence: every(10),
  start: () => async (row: TrainingStep) => {
    const predictions = await row.probe.train.predictions();
    return { share: predictions.filter((value) => value < 0).length / predictions.length };
  },
});

train({ task: lowRankRegression(), model: mlp(), learningRate: 2, steps: 100 })
  .pipe(negatives, toArrow('negatives.arrows'))
  .subscribe((row) => {
    if (row.step % 20 === 0) console.log(`step ${row.step}: ${row.negatives.share}`);
  });
