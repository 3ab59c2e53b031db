export type { BackendChoice, BackendName } from './backend/chooseBackend.ts';
export { useBackend } from './backend/chooseBackend.ts';
export type {
  Column,
  ColumnDescription,
  ColumnGroup,
  ColumnType,
  LeafColumn,
  VectorGroup,
  VectorParts,
} from './columns.ts';
export { eventGroups, isGroup, isVector, leafColumns, vectorGroup } from './columns.ts';
export * from './detectors/index.ts';
export type { Eventual } from './eventual.ts';
export type { Memory, Saved } from './memory.ts';
export { type CnnOptions, cnn } from './models/cnn.ts';
export type { DiagonalLinearOptions } from './models/diagonalLinear.ts';
export { diagonalLinear } from './models/diagonalLinear.ts';
export type { GradientFactors } from './models/layer.ts';
export type { MatrixFactorizationOptions } from './models/matrixFactorization.ts';
export { matrixFactorization } from './models/matrixFactorization.ts';
export type { MlpOptions } from './models/mlp.ts';
export { mlp } from './models/mlp.ts';
export type { Model } from './models/model.ts';
export { type VisionTransformerOptions, visionTransformer } from './models/visionTransformer.ts';
export {
  type AdaptivityGaugeFields,
  adaptivityGauge,
  type DenominatorSpread,
} from './operators/adaptivityGauge.ts';
export { agop } from './operators/agop.ts';
export { agopAlignment } from './operators/agopAlignment.ts';
export type {
  Annotated,
  Annotator,
  AnnotatorParts,
  Measure,
  Nullable,
  RememberingMeasure,
} from './operators/annotator.ts';
export { annotator } from './operators/annotator.ts';
export { type BatchResponseFields, batchResponse } from './operators/batchResponse.ts';
export type { Cadence } from './operators/cadence.ts';
export { always, during, every, logSpaced } from './operators/cadence.ts';
export { catapults } from './operators/catapults.ts';
export { divergence } from './operators/divergence.ts';
export { earlyWarning } from './operators/earlyWarning.ts';
export { eigenspace } from './operators/eigenspace.ts';
export { evaluate } from './operators/evaluate.ts';
export { featureMatrix } from './operators/featureMatrix.ts';
export { gradientDecomposition } from './operators/gradientDecomposition.ts';
export { gradientNoise } from './operators/gradientNoise.ts';
export { hessian } from './operators/hessian.ts';
export { kernelDrift } from './operators/kernelDrift.ts';
export { kernelPredictor } from './operators/kernelPredictor.ts';
export { linearMargins } from './operators/linearMargins.ts';
export type { LogSpacedTimeOptions } from './operators/logSpacedTime.ts';
export { logSpacedTime } from './operators/logSpacedTime.ts';
export { margins } from './operators/margins.ts';
export { parameterNorms } from './operators/parameterNorms.ts';
export type { EvaluatedRow, TransitionSeries } from './operators/phaseTransitions.ts';
export { phaseTransitions } from './operators/phaseTransitions.ts';
export { plateau } from './operators/plateau.ts';
export { predictorCosines } from './operators/predictorCosines.ts';
export { reluFlips } from './operators/reluFlips.ts';
export { sharpness } from './operators/sharpness.ts';
export { spikes } from './operators/spikes.ts';
export { tangentKernel } from './operators/tangentKernel.ts';
export type { AdadeltaOptions } from './optimizers/adadelta.ts';
export { adadelta } from './optimizers/adadelta.ts';
export type { AdagradOptions } from './optimizers/adagrad.ts';
export { adagrad } from './optimizers/adagrad.ts';
export type { AdamOptions } from './optimizers/adam.ts';
export { adam } from './optimizers/adam.ts';
export type { AdamWOptions } from './optimizers/adamW.ts';
export { adamW } from './optimizers/adamW.ts';
export type { DecomposedSamOptions } from './optimizers/decomposedSam.ts';
export { fullGradientSam, noiseSam } from './optimizers/decomposedSam.ts';
export type { FriendlySamOptions } from './optimizers/friendlySam.ts';
export { friendlySam } from './optimizers/friendlySam.ts';
export { decomposeGradient } from './optimizers/gradientDecomposition.ts';
export type { GradientDescentOptions } from './optimizers/gradientDescent.ts';
export { gradientDescent } from './optimizers/gradientDescent.ts';
export type { InverseFreeShampooOptions } from './optimizers/inverseFreeShampoo.ts';
export { inverseFreeShampoo } from './optimizers/inverseFreeShampoo.ts';
export type {
  NamedTensor,
  Optimizer,
  OptimizerRun,
  OptimizerState,
  OptimizerStep,
  ParameterSlot,
} from './optimizers/optimizer.ts';
export type { RmspropOptions } from './optimizers/rmsprop.ts';
export { rmsprop } from './optimizers/rmsprop.ts';
export type { RootFreeAdamWOptions } from './optimizers/rootFreeAdamW.ts';
export { rootFreeAdamW } from './optimizers/rootFreeAdamW.ts';
export type { RootFreeRmspropOptions } from './optimizers/rootFreeRmsprop.ts';
export { rootFreeRmsprop } from './optimizers/rootFreeRmsprop.ts';
export type { SamOptions } from './optimizers/sam.ts';
export { sam } from './optimizers/sam.ts';
export type { ShampooOptions } from './optimizers/shampoo.ts';
export { shampoo } from './optimizers/shampoo.ts';
export { completionPredictors } from './predictors/completionPredictors.ts';
export { kernelSupportVectorMachine } from './predictors/kernelSupportVectorMachine.ts';
export { absoluteInterpolant, absoluteMaximumMargin } from './predictors/leastAbsoluteNorm.ts';
export { euclideanInterpolant, euclideanMaximumMargin } from './predictors/leastEuclideanNorm.ts';
export { frobeniusCompletion, nuclearCompletion } from './predictors/leastNuclearNorm.ts';
export { interpolantPredictors, marginPredictors } from './predictors/linearPredictors.ts';
export { networkPredictor } from './predictors/networkPredictor.ts';
export type { Predictor, PredictorPair } from './predictors/predictor.ts';
export type {
  Eigenpairs,
  Estimate,
  FeatureCorrelation,
  GradientDecomposition,
  HessianEnd,
  KernelPrediction,
  Lens,
  LossSplit,
  NoiseScaleEstimate,
  Probe,
  ProbeAbilities,
  SymmetricMatrix,
} from './probe.ts';
export { ProbeExpiredError, UndefinedProbeError } from './probe.ts';
export type { Json, ResumePoint, RunMetadata } from './run.ts';
export { NameTakenError, Run } from './run.ts';
export type { LossRow, Release, Row, Snapshot, TrainingStep } from './step.ts';
export { snapshot } from './step.ts';
export { datasetOfArrays, imagesOfArrays } from './tasks/arrays.ts';
export type { CifarLabels } from './tasks/cifar.ts';
export { parseCifar } from './tasks/cifar.ts';
export { largeMarginAccuracy, sparseLinearAccuracy } from './tasks/exactAccuracy.ts';
export { parseIdx } from './tasks/idx.ts';
export type { ImageClassificationOptions, LabelledImages } from './tasks/imageClassification.ts';
export { imageClassification } from './tasks/imageClassification.ts';
export { largeMargin } from './tasks/largeMargin.ts';
export type { LowRankRegressionOptions } from './tasks/lowRankRegression.ts';
export { lowRankRegression } from './tasks/lowRankRegression.ts';
export { MalformedFileError } from './tasks/malformedFileError.ts';
export { matrixCompletion } from './tasks/matrixCompletion.ts';
export { modularAddition } from './tasks/modularAddition.ts';
export type { NumericArray } from './tasks/npy.ts';
export { parseNpy } from './tasks/npy.ts';
export { parity } from './tasks/parity.ts';
export { sparseLinear } from './tasks/sparseLinear.ts';
export type { TabularOptions } from './tasks/tabular.ts';
export { tabular } from './tasks/tabular.ts';
export type { AgopReference, Dataset, Task, TaskData } from './tasks/task.ts';
export type { Checkpoint, CheckpointStore, SavedBackend, TrainingState } from './training/checkpoint.ts';
export { CheckpointMismatchError } from './training/checkpointFit.ts';
export type { ControlMessage } from './training/control.ts';
export type { SavedTensor, SavedTensors } from './training/savedTensor.ts';
export type { LearningRateFunction, RunningSchedule, Schedule, ScheduleStep } from './training/schedule.ts';
export type { AdaptiveStepOptions } from './training/schedules/adaptiveStep.ts';
export { adaptiveStep } from './training/schedules/adaptiveStep.ts';
export { type CatapultBurstsOptions, catapultBursts } from './training/schedules/catapultBursts.ts';
export type { CosineOptions } from './training/schedules/cosine.ts';
export { cosine } from './training/schedules/cosine.ts';
export { critical } from './training/schedules/critical.ts';
export { initialCritical } from './training/schedules/initialCritical.ts';
export type { InverseSquareRootOptions } from './training/schedules/inverseSquareRoot.ts';
export { inverseSquareRoot } from './training/schedules/inverseSquareRoot.ts';
export { raiseToCritical } from './training/schedules/raiseToCritical.ts';
export type { StepDecayOptions } from './training/schedules/stepDecay.ts';
export { stepDecay } from './training/schedules/stepDecay.ts';
export type { WarmUpOptions } from './training/schedules/warmUp.ts';
export { warmUp } from './training/schedules/warmUp.ts';
export { train } from './training/train.ts';
export type { TrainingOptions, TrainingSpec } from './training/trainingSpec.ts';
