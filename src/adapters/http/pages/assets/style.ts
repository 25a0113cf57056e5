/** The one style sheet of all pages. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: #1b2330; --soft: #556070; --paper: #f6f7f9; --card: #fff; --line: #d5dae1;
  --accent: #1f5fbf; --on-accent: #fff; --danger: #b3261e; --on-danger: #fff; --good: #17693b;
  --second: #b0540a;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6e9ee; --soft: #a3adba; --paper: #12161c; --card: #1a2029; --line: #39424f;
    --accent: #8ab4f8; --on-accent: #0b1220; --danger: #f2958e; --on-danger: #2b0805; --good: #7ed0a0;
    --second: #f0a860;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .2rem; }
main:focus, h1:focus { outline: none; }
.skip { position: absolute; left: .5rem; top: -4rem; background: var(--card); padding: .5rem 1rem; z-index: 1; }
.skip:focus { top: .5rem; }
.bar { background: var(--card); border-bottom: 1px solid var(--line); }
.bar > div, main, nav.trail, nav.sections { max-width: 64rem; margin: 0 auto; padding: 0 1rem; }
.bar > div { display: flex; align-items: center; justify-content: space-between; gap: 1rem; min-height: 3.5rem; }
.brand { font-weight: 700; font-size: 1.1rem; color: var(--ink); text-decoration: none; }
main { padding-bottom: 4rem; }
main.narrow { max-width: 28rem; }
nav.trail { padding-top: 1rem; font-size: .9rem; }
nav.trail ol { display: flex; flex-wrap: wrap; list-style: none; margin: 0; padding: 0; }
nav.trail li { overflow-wrap: anywhere; }
nav.trail li:not(:last-child)::after { content: "/"; color: var(--soft); margin: 0 .5rem; }
nav.sections ul { display: flex; flex-wrap: wrap; gap: 0 1.5rem; list-style: none; margin: .75rem 0 0; padding: 0; border-bottom: 1px solid var(--line); }
nav.sections a { display: block; padding: .4rem .1rem; text-decoration: none; border-bottom: 3px solid transparent; margin-bottom: -1px; }
nav.sections a:hover { text-decoration: underline; }
nav.sections a[aria-current] { color: var(--ink); font-weight: 600; border-bottom-color: var(--accent); }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 1rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 0 0 .75rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; }
bdi, .name { overflow-wrap: anywhere; white-space: pre-wrap; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; margin: 0 0 1.25rem; }
.card > p:first-child { margin-top: 0; }
.card > :last-child, .card > :last-child > :last-child { margin-bottom: 0; }
[data-copied]:empty { margin: 0; }
.soft { color: var(--soft); }
table { width: 100%; border-collapse: collapse; }
caption { text-align: left; color: var(--soft); padding-bottom: .5rem; }
th, td { text-align: left; padding: .55rem .75rem .55rem 0; border-top: 1px solid var(--line); vertical-align: middle; }
thead th { border-top: 0; color: var(--soft); font-size: .85rem; font-weight: 600; }
tbody th { font-weight: 500; }
td.number { white-space: nowrap; font-variant-numeric: tabular-nums; }
th.sum, td.sum { text-align: right; font-variant-numeric: tabular-nums; }
td.sum { white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
td.actions, th.actions { text-align: right; }
td.actions, time { white-space: nowrap; }
td.actions > *, .row > * { display: inline-block; }
td.actions > * + *, .row > a + a { margin-left: .75rem; }
td form { display: inline; }
.row { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; margin: 0 0 1rem; }
.field { margin: 0 0 1rem; max-width: 34rem; }
label, legend { display: block; font-weight: 600; margin-bottom: .25rem; }
.hint { color: var(--soft); font-size: .9rem; margin: 0 0 .25rem; }
input, select, textarea {
  font: inherit; width: 100%; max-width: 100%; padding: .5rem .6rem; color: var(--ink); background: var(--paper);
  border: 1px solid var(--soft); border-radius: .35rem;
}
textarea { min-height: 8rem; font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .9rem; }
input[aria-invalid], select[aria-invalid], textarea[aria-invalid] { border: 2px solid var(--danger); }
.wrong { color: var(--danger); font-weight: 600; margin: .25rem 0 0; overflow-wrap: anywhere; }
button, .button {
  font: inherit; font-weight: 600; display: inline-block; cursor: pointer; text-decoration: none; line-height: 1.5;
  padding: .45rem .9rem; border-radius: .35rem; border: 1px solid var(--accent);
  background: var(--accent); color: var(--on-accent);
}
.quiet { background: transparent; color: var(--accent); }
.danger { background: var(--danger); border-color: var(--danger); color: var(--on-danger); }
.danger-link { color: var(--danger); }
button.small { padding: .05rem .6rem; font-size: .85rem; }
.tick { display: grid; grid-template-columns: max-content 1fr; gap: 0 .6rem; align-items: center; }
.tick input { width: 1.15rem; height: 1.15rem; margin: 0; accent-color: var(--accent); }
.tick label { margin: 0; }
.tick .hint { grid-column: 2; margin: 0; }
.fields { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: flex-end; }
.fields .field { flex: 1 1 10rem; }
.fields button { margin-bottom: 1rem; }
.fields input, .fields select, .fields button { height: 2.6rem; }
dl { margin: 0; }
dd { margin: 0; overflow-wrap: anywhere; }
.facts > div { display: grid; grid-template-columns: 9rem 1fr; gap: .75rem; padding: .35rem 0; }
.facts + .row { margin-top: .75rem; }
.facts dt, .totals dt { color: var(--soft); }
.totals { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1rem; }
code, pre { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .875rem; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; background: var(--paper); border: 1px solid var(--line); border-radius: .35rem; padding: .6rem .75rem; margin: 0 0 .5rem; }
details { display: inline-block; vertical-align: top; max-width: 100%; }
summary { cursor: pointer; color: var(--accent); width: fit-content; }
.chart { margin: 0 0 1.25rem; }
.chart svg { display: block; width: 100%; height: 12rem; border-bottom: 1px solid var(--soft); border-top: 1px dashed var(--line); }
.chart .scale { display: flex; justify-content: space-between; color: var(--soft); font-size: .85rem; margin: .15rem 0; }
.space { fill: transparent; }
g:hover > .space { fill: var(--line); }
rect.storage { fill: var(--accent); }
rect.fleet { fill: var(--second); }
.key { margin-right: 1rem; }
.key::before { content: ""; display: inline-block; width: .8rem; height: .8rem; border-radius: .15rem; margin-right: .4rem; }
.key.storage::before { background: var(--accent); }
.key.fleet::before { background: var(--second); }
.scroll { max-height: 22rem; overflow-y: auto; }
.scroll thead th { position: sticky; top: 0; background: var(--card); }
button:disabled { opacity: .6; cursor: progress; }
.alert, .notice, .limits { border: 1px solid; border-left-width: .4rem; border-radius: .35rem; padding: .75rem 1rem; margin: 1rem 0; background: var(--card); overflow-wrap: anywhere; }
.alert { border-color: var(--danger); }
.alert h2 { margin: 0 0 .25rem; font-size: 1rem; color: var(--danger); }
.alert p, .alert ul, .notice p { margin: 0; }
.notice { border-color: var(--good); }
.notice.warn { border-color: var(--second); }
.limits { border-color: var(--second); }
.limits h2 { margin: 0 0 .25rem; font-size: 1rem; }
.limits p, .limits ul { margin: 0; }
.limits ul { padding-left: 1.25rem; }
.drop { border: 2px dashed var(--line); border-radius: .6rem; padding: .75rem 1rem; }
::file-selector-button { font: inherit; }
.offers, .prices { list-style: none; margin: 0; padding: 0; }
.offers { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1.25rem; }
.offers > li { margin: 0; }
.offers h2, .offers h3 { margin: 0 0 .5rem; font-size: 1.1rem; }
.prices li { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center; justify-content: space-between; padding: .4rem 0; }
section:has(> .offers) { margin-bottom: 1.25rem; }
.pill { border: 1px solid; border-radius: 1rem; padding: .1rem .6rem; font-size: .85rem; white-space: nowrap; }
.changes td, .changes time, .changes .pill { white-space: normal; overflow-wrap: anywhere; }
.changes .pill { display: inline-block; }
.pill.good { color: var(--good); }
.pill.bad { color: var(--danger); }
.pill.open { color: var(--soft); }
.drop.over { border-color: var(--accent); }
progress { width: 100%; height: 1rem; accent-color: var(--accent); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
[hidden] { display: none; }
@media (max-width: 40rem) {
  .wide { display: none; }
  nav.sections ul { column-gap: .85rem; }
  .facts > div { grid-template-columns: 1fr; gap: 0; }
  td.actions > * { display: block; margin: .15rem 0 .15rem auto; width: fit-content; }
  td.actions > * + * { margin-left: auto; }
}
@media (prefers-reduced-motion: no-preference) { .skip { transition: top .1s; } }
`;
