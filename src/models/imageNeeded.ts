import type { ImageShape } from '../tasks/task.ts';

/**
 * The shape of a task's images, for a model that needs one.
 * @throws {RangeError} naming the model, when the task has no images.
 */
export function imageNeeded(model: string, image: ImageShape | undefined, inputs: number): ImageShape {
  if (image === undefined) {
    throw new RangeError(
      `${model}: the task has ${inputs} inputs that are no image: expected images, as of imageClassification()`,
    );
  }
  return image;
}
