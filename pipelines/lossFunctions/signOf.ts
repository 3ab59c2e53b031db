import type { Dataset, Task } from '../../src/tasks/task.ts';

/** Classification by the sign of a regression's targets, +1 or -1; inputs and true function stay what they are. */
export function signOf(task: Task): Task {
  return {
    ...task,
    name: `sign-${task.name}`,
    classes: 'sign',
    description: { task: 'signOf', of: task.description },
    data: async (seed) => {
      const data = await task.data(seed);
      return { ...data, train: signs(data.train), test: signs(data.test) };
    },
  };
}

function signs(set: Dataset): Dataset {
  return { ...set, targets: set.targets.map((target) => (target < 0 ? -1 : 1)) };
}
