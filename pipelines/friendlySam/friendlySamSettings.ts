/** What a setting of the friendly-sam pipeline chooses, where nothing else is said. */
export interface FriendlySamSetting {
  readonly model: 'cnn' | 'mlp';
  /** Share of the training images with a wrong class. */
  readonly labelNoise: number;
  readonly epochs: number;
  /** Length of the perturbation of each method. */
  readonly rho: Readonly<Record<PerturbedMethod, number>>;
  /** Epochs between two exact gradients of the whole training set; 0: none is computed. */
  readonly fullGradientEvery: number;
}

export const friendlySamMethodNames = ['sgd', 'sam', 'f-sam', 'full-gradient', 'noise'] as const;
export type FriendlySamMethod = (typeof friendlySamMethodNames)[number];
export type PerturbedMethod = Exclude<FriendlySamMethod, 'sgd'>;

export const friendlySamSettingNames = ['noise-labels', 'rho-sweep', 'decomposition', 'trajectory'] as const;
export type FriendlySamSettingName = (typeof friendlySamSettingNames)[number];

/** What each method is run at under label noise: twice as long is too much for SAM. */
const chosen = { sam: 0.15, 'f-sam': 0.3, 'full-gradient': 0.3, noise: 0.3 } as const;

function same(rho: number): FriendlySamSetting['rho'] {
  return { sam: rho, 'f-sam': rho, 'full-gradient': rho, noise: rho };
}

/** The settings of Li et al. 2024 (arXiv 2403.12350) at the size of MNIST. */
export const friendlySamSettings: Readonly<Record<FriendlySamSettingName, FriendlySamSetting>> = {
  'noise-labels': { model: 'cnn', labelNoise: 0.2, epochs: 20, rho: chosen, fullGradientEvery: 0 },
  'rho-sweep': { model: 'mlp', labelNoise: 0, epochs: 40, rho: same(1), fullGradientEvery: 0 },
  decomposition: { model: 'mlp', labelNoise: 0.2, epochs: 40, rho: same(0.3), fullGradientEvery: 0 },
  trajectory: { model: 'mlp', labelNoise: 0.2, epochs: 40, rho: same(0.3), fullGradientEvery: 2 },
};
