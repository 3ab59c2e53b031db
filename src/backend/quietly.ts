const methods = ['log', 'info', 'warn', 'debug'] as const;

/**
 * Runs `load` with TensorFlow.js's own console messages dropped: it greets, recommends packages, and warns of kernels
 * registered twice, some of it on stdout, which belongs to the program. Everybody else's messages pass.
 */
export async function quietly<Result>(load: () => Promise<Result>): Promise<Result> {
  const before = methods.map((method) => console[method]);
  methods.forEach((method, i) => {
    console[method] = (...words: unknown[]) => {
      if (!/[\\/](@tensorflow|node-pre-gyp)[\\/]/.test(new Error().stack ?? '')) before[i]!.apply(console, words);
    };
  });
  try {
    return await load();
  } finally {
    methods.forEach((method, i) => {
      console[method] = before[i]!;
    });
  }
}
