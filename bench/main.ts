// Prints the goals of speed beside what this machine does: ratios, each pair measured in this one process.
// npm run bench [-- diagnostics | matmul | detectors | rows | optimizers | arrow | sinks | sources | fanOut]
import { arrowBench } from './arrow.ts';
import { benchClients } from './clientRates.ts';
import { benchDiagnostics } from './diagnostics.ts';
import { benchFanOut } from './fanOut.ts';
import { benchDiagonalSteps } from './grokking.ts';
import { benchLatency } from './latency.ts';
import { benchMatMul } from './matmul.ts';
import { median } from './median.ts';
import { benchConvolutions, benchModels } from './models.ts';
import { benchOptimizers } from './optimizers.ts';
import { benchProbes, doubledNetworks, probeNetworks, questionsOfGrowth } from './probes.ts';
import { pushesPerSecond } from './pushesPerSecond.ts';
import { annotatedRowsPerSecond } from './rows.ts';
import { benchSinks, type Rated } from './sinkRates.ts';
import { benchSources } from './sourceRates.ts';

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
  async probes() {
    const goals: Readonly<Record<string, string>> = {
      'tangent kernel': '<= 8',
      'tangent kernel summed over outputs': '<= 2',
    };
    const tell = (network: string, probe: string, ratio: number, full: number, goal = '') =>
      line(`${probe} / bare step, ${network}`, `${ratio.toFixed(2)}  (${full.toFixed(1)} ms)`, goal);
    for (const { network, probe, full, ratio } of await benchProbes(probeNetworks)) {
      tell(network, probe, ratio, full, network.includes(',10]') ? goals[probe] : '');
    }
    for (const { network, probe, full, ratio } of await benchProbes(doubledNetworks, questionsOfGrowth)) {
      tell(network, probe, ratio, full);
    }
  },
  async models() {
    for (const backend of ['wasm', 'cpu'] as const) {
      // Plain JavaScript takes a second for what wasm does in milliseconds.
      for (const { model, batch, stepsPerSecond } of await benchModels(backend, ...(backend === 'cpu' ? [1, 1] : []))) {
        line(`${model}, batch ${batch}, on ${backend}`, `${stepsPerSecond.toPrecision(3)} steps/s`, '');
      }
    }
  },
  async convolutions() {
    console.log(`${'GFLOP/s of 3 x 3 convolutions on wasm'.padEnd(38)}forward   input  filter | tfjs: forward  input`);
    const cell = (value: number) => value.toFixed(1).padStart(8);
    for (const row of await benchConvolutions()) {
      const ours = [row.forward, row.input, row.filter].map(cell).join('');
      console.log(`  ${row.shape.padEnd(34)}${ours} |      ${cell(row.tfjsForward)}${cell(row.tfjsInput)}`);
    }
  },
  async grokking() {
    const { trained, loop, ratio } = await benchDiagonalSteps();
    line(
      'diagonal network, train() / loop over typed arrays',
      `${ratio.toFixed(2)}  (${loop.toFixed(3)} -> ${trained.toFixed(3)} ms)`,
      '<= 3',
    );
  },
  async arrow() {
    const { rowsPerSecond, rate, overBuilders, overTypedArrays } = await arrowBench();
    line(
      'Arrow sink / arrow-js builders, same rows',
      `${overBuilders.toFixed(2)}  (${Math.round(rowsPerSecond.toArrow / 1000)} k rows/s, ${rate.toFixed(0)} MB/s)`,
      '>= 0.80',
    );
    line('Arrow sink / arrow-js given ready columns', overTypedArrays.toFixed(2), 'a ceiling');
  },
  async sinks() {
    for (const rated of await benchSinks()) tellRate(rated);
  },
  async sources() {
    for (const rated of [...(await benchSources()), ...(await benchClients())]) tellRate(rated);
  },
  async fanOut() {
    console.log(`${''.padEnd(36)}by the clock: / bare, / encoding   processor time: / bare, / encoding`);
    for (const found of await benchFanOut()) {
      const what = `${found.protocol} to ${found.clients} client${found.clients === 1 ? '' : 's'}`;
      const wall = `${found.overBare.toFixed(2)}, ${found.overEncoding.toFixed(2)}  (${found.rate.toFixed(0)} MB/s)`;
      const processor = `${found.processorOverBare.toFixed(2)}, ${found.processorOverEncoding.toFixed(2)}`;
      console.log(`${what.padEnd(36)}${wall.padEnd(35)}${processor.padEnd(33)} goal / bare >= 0.80`);
    }
    for (const { clients, median, p99 } of await benchLatency()) {
      line(
        `row to ${clients} client${clients === 1 ? '' : 's'}, 200 rows/s`,
        `${median.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`,
        '',
      );
    }
  },
};

function tellRate({ name, ratio, rowsPerSecond, rate }: Rated): void {
  line(name, `${ratio.toFixed(2)}  (${Math.round(rowsPerSecond / 1000)} k rows/s, ${rate.toFixed(0)} MB/s)`, '');
}

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
