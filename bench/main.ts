// Prints the goals of speed beside what this machine does: ratios, each pair measured in this one process.
// npm run bench [-- diagnostics | matmul | detectors | rows | optimizers | arrow]
import { arrowBench } from './arrow.ts';
import { benchDiagnostics } from './diagnostics.ts';
import { benchMatMul } from './matmul.ts';
import { median } from './median.ts';
import { benchOptimizers } from './optimizers.ts';
import { pushesPerSecond } from './pushesPerSecond.ts';
import { annotatedRowsPerSecond } from './rows.ts';

const benches: Readonly<Record<string, () => Promise<void>>> = {
  async diagnostics() {
    const goals = [2, 1.6];
    for (const [index, { network, bare, full, ratio }] of (await benchDiagnostics()).entries()) {
      line(
        `full diagnostics / bare step, ${network}`,
        `${ratio.toFixed(2)}  (${bare.toFixed(2)} -> ${full.toFixed(2)} ms)`,
        `<= ${goals[index]}`,
      );
    }
  },
  async matmul() {
    console.log(`${'GFLOP/s on wasm'.padEnd(34)}${'tfjs'.padStart(8)}${'plain'.padStart(8)}${'relaxed'.padStart(8)}`);
    const cell = (value: number | null) => (value === null ? '-' : value.toFixed(1)).padStart(8);
    for (const { product, tfjs, plain, relaxed } of (await benchMatMul()).rows) {
      console.log(`  ${product.padEnd(32)}${cell(tfjs)}${cell(plain)}${cell(relaxed)}`);
    }
  },
  async detectors() {
    for (const [name, rate] of Object.entries(pushesPerSecond(5_000_000))) {
      line(`${name}, values/s`, `${(rate / 1e6).toFixed(1)} M`, name === 'SpikeDetector' ? '>= 10 M' : '');
    }
  },
  async rows() {
    annotatedRowsPerSecond();
    const rate = median(Array.from({ length: 5 }, () => annotatedRowsPerSecond()));
    line('rows/s through five annotators', `${(rate / 1e6).toFixed(1)} M`, '>= 2 M');
  },
  async optimizers() {
    for (const { optimizer, ratio, step } of await benchOptimizers()) {
      const goal = optimizer === 'Adam' ? '<= 1.5' : optimizer.startsWith('inverse-free') ? '<= 3' : '';
      line(
        `${optimizer} / gradient descent, [100,512,512,512,1]`,
        `${ratio.toFixed(2)}  (${step.toFixed(1)} ms)`,
        goal,
      );
    }
  },
  async arrow() {
    const { rowsPerSecond, overBuilders, overTypedArrays } = await arrowBench();
    line(
      'Arrow sink / arrow-js builders, same rows',
      `${overBuilders.toFixed(2)}  (${Math.round(rowsPerSecond.toArrow / 1000)} k rows/s)`,
      '>= 0.80',
    );
    line('Arrow sink / arrow-js given ready columns', overTypedArrays.toFixed(2), 'a ceiling');
  },
};

function line(what: string, measured: string, goal: string): void {
  console.log(`${what.padEnd(52)} ${measured.padEnd(30)} ${goal && `goal ${goal}`}`);
}

const chosen = process.argv.slice(2);
for (const name of chosen) {
  if (!(name in benches)) {
    console.error(`bench: ${name}: expected ${Object.keys(benches).join(', ')}`);
    process.exit(1);
  }
}
for (const name of chosen.length > 0 ? chosen : Object.keys(benches)) await benches[name]!();
