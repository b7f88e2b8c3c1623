/**
 * The one style sheet of report.html. Light by default, dark where the reader's system is, always light on paper.
 * In print the sort buttons give up their box: Chromium does not repeat a table header on the next page while it holds one
 * (test/e2e/report.test.ts).
 * Contrast of every text colour on its ground is at least 4.5:1 (WCAG 2.2, 1.4.3); test/report/html/style.test.ts computes it.
 */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --page: #f4f6f8; --card: #ffffff; --text: #17202b; --soft: #55606e; --line: #d9dfe6; --quiet: #eef1f4; --focus: #1d4fb8;
  --good: #14653a; --good-bg: #e3f3ea; --calm: #465261; --calm-bg: #eaedf1; --plan: #1b4bab; --plan-bg: #e6eefb;
  --warn: #7c4a00; --warn-bg: #fdf0d8; --bad: #a51f17; --bad-bg: #fde8e6;
  --good-mark: #2c9c61; --calm-mark: #9aa6b4; --plan-mark: #3d74dd; --warn-mark: #e0a13a; --bad-mark: #d9483e;
  --sans: "Segoe UI Variable Text", "Segoe UI", system-ui, -apple-system, Roboto, "Helvetica Neue", Arial, sans-serif;
  --mono: "Cascadia Mono", Consolas, ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #0f141a; --card: #171e27; --text: #e5eaf0; --soft: #a3afbd; --line: #2c3744; --quiet: #1f2833; --focus: #8fb6ff;
    --good: #7fdba6; --good-bg: #14301f; --calm: #bcc6d2; --calm-bg: #252f3b; --plan: #9dc0ff; --plan-bg: #17294a;
    --warn: #f5c675; --warn-bg: #392a0f; --bad: #ffa59d; --bad-bg: #421a18;
    --good-mark: #3fae74; --calm-mark: #66737f; --plan-mark: #5b8ff0; --warn-mark: #cf9534; --bad-mark: #e2615a;
  }
}
* { box-sizing: border-box; }
html { font: 15px/1.5 var(--sans); background: var(--page); color: var(--text); -webkit-text-size-adjust: 100%; }
body { margin: 0; }
main { max-width: 84rem; margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 3rem) 3rem; }
h1, h2, h3, p, ul, ol, dl, dd { margin: 0; padding: 0; }
h1 { font-size: clamp(1.5rem, 2.6vw, 2.05rem); line-height: 1.22; font-weight: 650; letter-spacing: -.015em; max-width: 34em; text-wrap: balance; }
h2 { overflow-wrap: anywhere; font-size: 1.2rem; font-weight: 650; letter-spacing: -.005em; margin: 0 0 .8rem; }
h3 { font-size: .95rem; font-weight: 600; margin: 0 0 .5rem; }
section { margin-top: 2.4rem; }
small { display: block; font-size: .84rem; line-height: 1.4; color: var(--soft); }
i { font-style: normal; }
code, .id { font-family: var(--mono); font-size: .84em; overflow-wrap: anywhere; }
.id { font-size: .78rem; }
a { color: inherit; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.eyebrow { display: flex; flex-wrap: wrap; gap: .1rem .7rem; color: var(--soft); font-size: .9rem; margin-bottom: .7rem; }
.eyebrow span + span::before { content: "·"; margin-right: .7rem; }
.eyebrow span:first-child { font-weight: 650; color: var(--text); }
.lead { margin-top: .5rem; font-size: 1.08rem; color: var(--soft); }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; margin-top: 1.1rem; }
nav a { color: var(--plan); text-underline-offset: .2em; text-decoration-thickness: 1px; }
.note { color: var(--soft); margin: -.4rem 0 1rem; max-width: 48rem; }
.note.cut { color: var(--warn); background: var(--warn-bg); border-left: 4px solid var(--warn-mark); padding: .6rem .9rem; border-radius: 4px; margin-top: 0; }
.count { color: var(--soft); font-weight: 400; }
.none { color: var(--soft); font-weight: 400; font-style: italic; }
.bar { display: block; width: 100%; height: 10px; border-radius: 5px; background: var(--quiet); margin-bottom: .9rem; }
.bar .good { fill: var(--good-mark); } .bar .calm { fill: var(--calm-mark); } .bar .plan { fill: var(--plan-mark); }
.bar .warn { fill: var(--warn-mark); } .bar .bad { fill: var(--bad-mark); }
.tiles { list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(max(10rem, 22%), 1fr)); gap: .7rem; margin-bottom: 1.3rem; }
.tiles a, .tiles .zero { display: block; height: 100%; padding: .7rem .9rem .75rem; background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--line); border-radius: 6px; text-decoration: none; }
.tiles strong { display: block; font-size: 1.7rem; line-height: 1.15; font-weight: 650; font-variant-numeric: tabular-nums; letter-spacing: -.02em; }
.tiles span { font-weight: 600; }
.tiles i { display: inline-block; min-width: 1.15em; margin-right: .15em; }
.tiles a:hover { border-color: var(--soft); }
.tiles .good { border-left-color: var(--good-mark); } .tiles .calm { border-left-color: var(--calm-mark); }
.tiles .plan { border-left-color: var(--plan-mark); } .tiles .warn { border-left-color: var(--warn-mark); }
.tiles .bad { border-left-color: var(--bad-mark); }
.tiles .good > span { color: var(--good); } .tiles .calm > span { color: var(--calm); } .tiles .plan > span { color: var(--plan); }
.tiles .warn > span { color: var(--warn); } .tiles .bad > span { color: var(--bad); }
.tiles .zero { background: none; }
.tiles .zero, .tiles .zero * { color: var(--soft); font-weight: 400; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .5rem 1.3rem; column-gap: 2.5rem; }
.facts > div { display: grid; grid-template-columns: 7.5rem 1fr; gap: .8rem; padding: .6rem 0; }
.facts > .wide { grid-column: 1 / -1; align-items: baseline; }
dt { color: var(--soft); }
dd { overflow-wrap: anywhere; min-width: 0; }
.facts b { font-weight: 600; }
.facts b.good { color: var(--good); } .facts b.bad { color: var(--bad); } .facts b.warn { color: var(--warn); }
.outlook .tiles strong { font-size: 1.3rem; }
.next { padding-left: 1.3rem; }
.next li { padding: .15rem 0 .15rem .2rem; }
.command { background: var(--quiet); border: 1px solid var(--line); border-radius: 4px; padding: .1rem .45rem; user-select: all; }
.badge { display: inline-flex; align-items: baseline; gap: .35em; padding: .05rem .55rem .08rem .45rem; border-radius: 1rem; font-size: .86rem; line-height: 1.5; font-weight: 600; white-space: nowrap; border: 1px solid transparent; }
td .badge { margin: 0 .3rem .2rem 0; }
.badge i { min-width: .9em; text-align: center; }
.badge.good { color: var(--good); background: var(--good-bg); } .badge.calm { color: var(--calm); background: var(--calm-bg); }
.badge.plan { color: var(--plan); background: var(--plan-bg); } .badge.warn { color: var(--warn); background: var(--warn-bg); }
.badge.bad { color: var(--bad); background: var(--bad-bg); }
article { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.3rem .5rem; margin-bottom: 1rem; }
.whole-run { margin: .8rem 0 0; border-left: 4px solid var(--warn-mark); padding-bottom: .9rem; }
.whole-run ul { padding-left: 1.2rem; margin-bottom: .2rem; overflow-wrap: anywhere; }
article h3 { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem .6rem; }
article p { max-width: 60rem; overflow-wrap: anywhere; }
.remedy { color: var(--soft); }
.remedy b { color: var(--text); font-weight: 600; }
.more { color: var(--soft); padding: .5rem 0 .4rem; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th, td { text-align: left; vertical-align: top; padding: .5rem .8rem .5rem 0; overflow-wrap: anywhere; }
th { font-size: .84rem; font-weight: 600; color: var(--soft); }
td { border-top: 1px solid var(--line); }
td:first-child, th:first-child { width: 4.2rem; font-variant-numeric: tabular-nums; color: var(--soft); }
td b { font-weight: 600; }
td .fact { display: block; }
.label { color: var(--soft); font-size: .84rem; }
.to { color: var(--soft); padding-left: .4em; }
.group { margin-top: .6rem; }
details summary { cursor: pointer; color: var(--soft); font-size: .84rem; }
.diff { list-style: none; font-size: .9rem; }
.diff li { display: grid; grid-template-columns: 2.9rem 1fr; align-items: baseline; padding: .05rem 0; }
#rows .diff { font-size: .84rem; margin-top: .15rem; } #rows .diff li { display: block; padding-bottom: .25rem; }
.diff .clash { color: var(--bad); }
del { color: var(--soft); } ins { text-decoration: none; font-weight: 600; }
.group.changes th:nth-child(2) { width: 25%; } .group.changes th:nth-child(3) { width: 24%; }
.group th:nth-child(2) { width: 32%; } .group th:nth-child(3):not(:last-child) { width: 30%; }
#rows { background: var(--card); }
#rows thead th { position: sticky; top: 0; z-index: 1; background: var(--quiet); border-bottom: 1px solid var(--line); padding-top: .55rem; padding-bottom: .55rem; }
#rows td:first-child, #rows th:first-child { padding-left: .9rem; width: 5.4rem; }
#rows th:nth-child(2) { width: 28%; } #rows th:nth-child(3) { width: 26%; } #rows th:nth-child(5) { width: 17%; }
#rows.predicted th:nth-child(2) { width: 22%; } #rows.predicted th:nth-child(3) { width: 21%; } #rows.predicted th:nth-child(5) { width: 14.5%; } #rows.predicted th:nth-child(6) { width: 18%; }
#rows td:nth-child(6) .badge { white-space: normal; border-radius: .8rem; }
#rows tbody tr:first-child td { border-top: 0; }
#rows { border: 1px solid var(--line); border-radius: 8px; border-collapse: separate; border-spacing: 0; }
#rows tbody tr:hover td { background: var(--quiet); }
tr[hidden] { display: none; }
#tools { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin-bottom: .7rem; }
#tools:empty { display: none; }
#tools input, #tools select { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--soft); border-radius: 6px; padding: .4rem .7rem; min-height: 2.4rem; }
#tools input { flex: 1 1 18rem; max-width: 30rem; }
#tools output { color: var(--soft); font-variant-numeric: tabular-nums; }
th button { all: unset; cursor: pointer; display: inline-flex; gap: .35em; }
th button:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
th button::after { content: "↕"; opacity: .55; }
th[aria-sort="ascending"] button::after { content: "↑"; opacity: 1; }
th[aria-sort="descending"] button::after { content: "↓"; opacity: 1; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: 1.2rem 2.5rem; }
.legend dt .badge { white-space: normal; border-radius: .8rem; }
.legend dl > div { display: grid; grid-template-columns: 8.5rem 1fr; gap: .8rem; padding: .3rem 0; }
.legend dt { color: var(--text); }
.legend dd { color: var(--soft); }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .9rem; }
@media (max-width: 46rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, td { display: block; }
  tr { border-top: 1px solid var(--line); padding: .5rem 0; }
  #rows tr { padding: .6rem .9rem; }
  #rows tbody tr:first-child, .group tbody tr:first-child { border-top: 0; }
  td, td:first-child, #rows td:first-child { border: 0; width: auto; padding: .15rem 0; display: grid; grid-template-columns: 6.2rem 1fr; gap: .6rem; }
  td > * { grid-column: 2; justify-self: start; }
  td::before { grid-column: 1; grid-row: 1; color: var(--soft); font-size: .84rem; content: ""; }
  td:nth-child(1)::before { content: "Line"; } td:nth-child(2)::before { content: "AD user"; }
  td:nth-child(3)::before { content: "Cloud user"; } .group td:nth-child(4)::before { content: "Found"; }
  #rows td:nth-child(4)::before { content: "Immutable ID"; } #rows td:nth-child(5)::before { content: "Status"; }
  #rows td:nth-child(6)::before { content: "Next sync"; } #rows td:nth-child(6):empty { display: none; }
  .changes td:nth-child(4)::before { content: "Changes"; }
  .facts > div, .legend dl > div { grid-template-columns: 6.5rem 1fr; }
}
@page { margin: 14mm 12mm 16mm; @bottom-left { content: "hardmatch report"; font: 8pt sans-serif; color: #55606e; } @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #55606e; } }
@page wide { size: landscape; }
@media print {
  html { font-size: 9.2pt; background: none; }
  main { max-width: none; padding: 0; }
  section { margin-top: 1.5rem; }
  h1 { font-size: 17pt; }
  h2, h3, .bar { break-after: avoid; }
  article { padding: .6rem .9rem .3rem; }
  article h3, article p { break-after: avoid; }
  tr, .facts > div, .tiles li, .legend dl > div { break-inside: avoid; }
  thead { display: table-header-group; }
  .all { page: wide; }
  #rows { border-collapse: collapse; border: 0; }
  #rows thead th { position: static; background: none; }
  #tools input, #tools select, nav { display: none; }
  th button { display: contents; }
  th button::after { content: none; }
  .badge, .tiles a, .tiles .zero { border-color: currentColor; }
  .tiles a, .tiles .zero { border: 1px solid #b8c1cc; }
  .tiles { grid-template-columns: repeat(4, 1fr); }
  .badge, .bar, .bar rect, .note.cut { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
