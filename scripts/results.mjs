// Writes docs/results.md: every study with all its seeds, one after the other, from scratch (an hour and more on two
// cores) or from what has finished under --from. Each prints its own command, so that one table can be made again alone.
//
//   npm run results [-- --seeds 5] [--from FOLDER] [--only NAME ...]
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { studies } from '../dist/pipelines/index.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '5' },
    from: { type: 'string', default: 'runs/results' },
    only: { type: 'string', multiple: true },
    out: { type: 'string', default: 'docs/results.md' },
  },
});
const { version } = createRequire(import.meta.url)('../package.json');
const chosen = studies.filter(({ name }) => values.only === undefined || values.only.includes(name));
const sections = chosen.map(({ name }) => section(name, reportOf(name)));
mkdirSync('docs', { recursive: true });
writeFileSync(values.out, `${header()}\n${sections.join('\n')}`);
console.log(`wrote ${values.out}`);

function reportOf(name) {
  console.log(`\n== ${name}`);
  const given = ['study', name, '--seeds', values.seeds, '--out', join(values.from, name), '--json'];
  const { status, stdout } = spawnSync(process.execPath, ['dist/src/cli/main.js', ...given], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 30,
  });
  if (status !== 0) throw new Error(`onager study ${name} ended with ${status}`);
  return JSON.parse(stdout);
}

function header() {
  return `# Results

Every claim with the setting that shows it, its controls, and a verdict. Made by \`npm run results\` with Onager ${version};
numbers are mean ± standard deviation over the seeds that ended with a finite one (how many, where not all). No seed
was left out or picked. Verdicts follow the rule at the end of each section.
`;
}

function section(name, { description, source, seeds, rule, parts }) {
  return `
## ${description}

${source}. ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'} (${seeds.join(', ')}). \`onager study ${name} --seeds ${values.seeds}\`
${parts.map((part) => partText(name, part)).join('')}
${rule}
`;
}

function partText(name, { title, table, claims }) {
  const { parts } = studies.find((study) => study.name === name);
  const { columns } = parts.find((part) => part.title === title);
  const rows = table.map((row) => [
    `${row.variant}${row.control ? ' (control)' : ''}`,
    ...columns.map(({ path }) => spread(row[path], row.finished)),
  ]);
  return `
### ${title}

${markdown(['', ...columns.map(({ header }) => header)], rows)}

${markdown(
  ['claim', 'evidence', 'verdict'],
  claims.map(({ claim, control, verdict, checks }) => [
    `${control ? '*Control:* ' : ''}${claim}`,
    checks.map(evidence).join('<br>'),
    `**${verdict}**`,
  ]),
)}
`;
}

function spread({ count, mean, standardDeviation }, finished) {
  if (count === 0) return '-';
  const deviation = typeof standardDeviation === 'number' ? ` ± ${short(standardDeviation)}` : '';
  return `${short(mean)}${deviation}${count < finished ? ` (${count})` : ''}`;
}

function evidence(check) {
  if (check.kind !== 'difference') return `${check.text}: ${short(check.value)} (expected ${check.expected})`;
  const { of, than, number, expected, seeds, pairs } = check;
  const share = expected === 'lower' ? pairs.lower : pairs.higher;
  return `${number}, ${of} - ${than}: ${short(pairs.mean)} ± ${short(pairs.standardError)} (${share} of ${seeds} ${expected})`;
}

function short(value) {
  return typeof value === 'number' && Number.isFinite(value) ? String(Number(value.toPrecision(3))) : String(value);
}

function markdown(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
