import { dark, light } from './reportColors.ts';

function declared(colors: Readonly<Record<string, string>>): string {
  return Object.entries(colors)
    .map(([name, color]) => `--${name}:${color};`)
    .join('');
}

/** The look of a report, which follows the system's colours and prints on white. */
export const reportStyle = `:root{color-scheme:light dark;${declared(light)}}
@media screen and (prefers-color-scheme:dark){:root{${declared(dark)}}}
body{margin:0;background:var(--paper);color:var(--ink);font:14px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:920px;margin:0 auto;padding:24px 20px 48px}
h1{font-size:21px}h2{font-size:15px;margin:28px 0 6px}
figure{margin:18px 0 0;break-inside:avoid}
figcaption{display:flex;flex-wrap:wrap;gap:0 16px;align-items:baseline;font-size:12.5px}
figcaption h2{margin:0 auto 0 0;font-size:14px}small{color:var(--muted);font-weight:400}
i{display:inline-block;width:14px;margin:0 6px 4px 0;border-top:2px solid}
svg{width:100%;height:auto}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13px}
th,td{padding:5px 10px 5px 0;text-align:left;vertical-align:top;border-top:1px solid var(--line);font-weight:400}
thead th{border:0;color:var(--muted);font-size:12px}.told td:last-child{width:45%}
details{margin-top:24px}summary{cursor:pointer;font-weight:600}`;
