// Writes docs/results.md: every study with all its seeds, one after the other, from scratch (hours on two cores) or from
// what has finished under --from. For each paper a table of its claims, each with the command that makes it again; then
// the numbers of every variant. With --only a page of some studies alone, to a file of your own.
//
// --note TEXT goes into the head of the page, where the runs under --from have a story.
//
//   npm run results [-- --seeds 5] [--from FOLDER] [--note TEXT] [--only NAME ... --out FILE]
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { studies } from '../dist/pipelines/index.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '5' },
    from: { type: 'string', default: 'runs/results' },
    only: { type: 'string', multiple: true },
    out: { type: 'string' },
    note: { type: 'string' },
  },
});
const { only, out = 'docs/results.md' } = values;
if (only !== undefined && values.out === undefined) {
  throw new Error(`--only ${only.join(' --only ')}: expected --out FILE as well: docs/results.md has all studies`);
}
const unknown = only?.find((name) => !studies.some((study) => study.name === name));
if (unknown !== undefined) {
  throw new Error(`--only ${unknown}: expected one of ${studies.map(({ name }) => name).join(', ')}`);
}
const controlWords = { reproduces: 'holds', 'does not reproduce': 'does not hold' };
const { version } = createRequire(import.meta.url)('../package.json');
const reports = studies
  .filter(({ name }) => only === undefined || only.includes(name))
  .map((study) => ({ study, report: reportOf(study.name) }));
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, [header(), ...papers().map(paperText)].join('\n'));
console.log(`wrote ${out}`);

function commandOf(name) {
  return `onager study ${name}${values.seeds === '5' ? '' : ` --seeds ${values.seeds}`}`;
}

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

/** The studies by their paper, `Zhu et al. 2024 (arXiv 2306.04815)`, in the order of the first of each. */
function papers() {
  const found = new Map();
  for (const entry of reports) {
    const { source } = entry.report;
    const paper = /^.*?\(arXiv [\d.]+\)/.exec(source)?.[0] ?? source;
    found.set(paper, [...(found.get(paper) ?? []), entry]);
  }
  return [...found];
}

function header() {
  const { seeds, rule } = reports[0].report;
  return `# Results

Every claim with the setting that shows it, its controls, and a verdict. Made by \`npm run results\` with Onager ${version}, seeds
${seeds.join(', ')}; no seed was left out or picked. Numbers in the tables of variants are mean ± standard deviation over the seeds
that ended with a finite one (how many, where not all); differences are paired by seed, mean ± standard error.
${rule}
A control says what else would give the same, or should not: it holds or does not, and makes no claim true or false.
${values.note === undefined ? '' : `\n${values.note}\n`}`;
}

function paperText([paper, entries]) {
  const claims = entries.flatMap(({ study, report }) =>
    report.parts.flatMap(({ title, claims }) =>
      claims.map(({ claim, control, verdict, checks }) => [
        control ? `*control:* ${claim}` : claim,
        title,
        checks.map(evidence).join('<br>'),
        `**${control ? (controlWords[verdict] ?? verdict) : verdict}**`,
        `\`${commandOf(study.name)}\``,
      ]),
    ),
  );
  return `
## ${paper}

${markdown(['claim', 'setting', 'numbers', 'verdict', 'command'], claims)}
${entries.map(studyText).join('')}`;
}

function studyText({ study, report: { description, parts } }) {
  return `
### ${description}: \`${commandOf(study.name)}\`
${parts.map(({ title, table }) => `\n${title}:\n\n${variants(table, columnsOf(study, title))}\n`).join('')}`;
}

function columnsOf({ parts }, title) {
  return parts.find((part) => part.title === title).columns;
}

function variants(table, columns) {
  const rows = table.map((row) => [
    `${row.variant}${row.control ? ' (control)' : ''}`,
    ...columns.map(({ path }) => spread(row[path], row.finished)),
  ]);
  return markdown(['', ...columns.map(({ header }) => header)], rows);
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
  return `${number}, ${of} minus ${than}: ${short(pairs.mean)} ± ${short(pairs.standardError)} (${share} of ${seeds} ${expected})`;
}

function short(value) {
  return typeof value === 'number' && Number.isFinite(value) ? String(Number(value.toPrecision(3))) : String(value);
}

function markdown(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
