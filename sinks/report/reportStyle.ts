const light = `--paper:#fff;--ink:#17212b;--muted:#677482;--line:#e1e5e9;--grid:#edf0f2;--blue:#0072b2;--sky:#4aa3d8;
--orange:#d98c00;--green:#008f68;--purple:#b0578d;--vermilion:#c94f00;--undrawable:#b3261e;--verdict-catapult:#008f68;
--verdict-divergence:#b3261e;--verdict-bad-batch:#b07100;--verdict-level-shift:#8a5cb8;--verdict-spike:#4a7fa8;
--verdict-undecided:#77838f;--verdict-control:#45525f;`;

const dark = `--paper:#10151a;--ink:#e8edf1;--muted:#8d99a5;--line:#28323c;--grid:#222b34;--blue:#58aee8;--sky:#9ad3f5;
--orange:#f0b03a;--green:#35c197;--purple:#de94c0;--vermilion:#ff8648;--undrawable:#ff7b72;--verdict-catapult:#35c197;
--verdict-divergence:#ff7b72;--verdict-bad-batch:#f0b03a;--verdict-level-shift:#b695e0;--verdict-spike:#7fb4dc;
--verdict-undecided:#93a0ac;--verdict-control:#b9c3cc;`;

/** The look of a report, which follows the system's colours and prints on white. */
export const reportStyle = `:root{color-scheme:light dark;${light}}
@media screen and (prefers-color-scheme:dark){:root{${dark}}}
body{margin:0;background:var(--paper);color:var(--ink);font:14px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:920px;margin:0 auto;padding:24px 20px 48px}
h1{font-size:21px}h2{font-size:15px;margin:28px 0 6px}
figure{margin:18px 0 0;break-inside:avoid}
figcaption{display:flex;flex-wrap:wrap;gap:0 16px;align-items:baseline;font-size:12.5px}
figcaption h2{margin:0 auto 0 0;font-size:14px}small{color:var(--muted);font-weight:400}
i{display:inline-block;width:14px;margin:0 6px 4px 0;border-top:2px solid}
svg{display:block;width:100%;fill:none}svg path{stroke-width:1.4}svg text{fill:var(--muted);font-size:11px}
.grid{stroke:var(--grid)}.limit{stroke:var(--vermilion);stroke-dasharray:5 4}.undrawable{stroke:var(--undrawable);stroke-width:1.5}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13px}
th,td{padding:5px 10px 5px 0;text-align:left;vertical-align:top;border-top:1px solid var(--line);font-weight:400}
thead th{border:0;color:var(--muted);font-size:12px}td:last-child{width:45%}
details{margin-top:24px}summary{cursor:pointer;font-weight:600}`;
