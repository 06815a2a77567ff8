// The pages' style sheet. Everything coloured is a variable, and the dark scheme only redefines the variables.

/** The colours alone. */
export const colours = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1d2329; --soft: #5c6670; --line: #e4e1da;
  --cool: #2361c4; --warm: #c2560c; --on-fill: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --card: #1c2026; --ink: #e8e6e1; --soft: #a0a9b3; --line: #323942;
    --cool: #6ea4f7; --warm: #f0964b; --on-fill: #10141a;
  }
}
`;

export const style = `${colours}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 1120px; padding: 3rem 1.5rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; font-variant-numeric: tabular-nums;
}
h1 { margin: 0; font-size: 2.1rem; line-height: 1.2; letter-spacing: -0.02em; text-wrap: balance; }
h2 { margin: 0 0 0.2rem; font-size: 1.2rem; letter-spacing: -0.01em; }
h3 { margin: 0 0 0.6rem; font-size: 1rem; font-weight: 600; }
p { margin: 0; max-width: 68ch; }
.lead { margin-top: 0.6rem; color: var(--soft); font-size: 1.08rem; }
.note { margin-bottom: 1.1rem; color: var(--soft); }
section { margin-top: 3rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: 1rem; margin: 2rem 0 0; }
.figures div, .card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.figures div { display: flex; flex-direction: column-reverse; padding: 1rem 1.25rem; }
.figures dt { color: var(--soft); font-size: 0.92rem; }
.figures dd { margin: 0; font-size: 1.9rem; font-weight: 650; letter-spacing: -0.02em; line-height: 1.25; }
.figures div:first-child dd { color: var(--cool); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 1rem; }
.card { padding: 1.25rem; margin: 0; }
svg { display: block; width: 100%; max-width: 600px; height: auto; margin: 0 auto; }
.split { display: grid; grid-template-columns: minmax(0, 1fr) 300px; gap: 1rem; align-items: start; }
@media (max-width: 820px) { .split { grid-template-columns: minmax(0, 1fr); } }
.gallery, .weights { display: grid; gap: 0.75rem; margin: 0; padding: 0; list-style: none; }
.gallery { grid-template-columns: repeat(auto-fill, minmax(92px, 1fr)); }
.weights { grid-template-columns: repeat(auto-fill, minmax(84px, 1fr)); }
.weights.small { grid-template-columns: repeat(auto-fill, minmax(52px, 1fr)); gap: 0.4rem; margin-bottom: 1.4rem; }
.weights + h3 { margin-top: 1.4rem; }
.gallery figure { margin: 0; }
.gallery figcaption { margin-top: 0.3rem; font-size: 0.9rem; line-height: 1.3; text-align: center; }
.gallery strong { color: var(--warm); }
.gallery small { display: block; color: var(--soft); }
img { display: block; width: 100%; height: auto; aspect-ratio: 1; border-radius: 6px; image-rendering: pixelated; }
.weights img { background: var(--card); border: 1px solid var(--line); }
.key { display: inline-block; width: 0.75em; height: 0.75em; border-radius: 3px; }
table { width: 100%; border-collapse: collapse; font-size: 0.95rem; }
th, td { padding: 0.4rem 0.6rem; border-bottom: 1px solid var(--line); text-align: right; font-weight: normal; }
tr:last-child > * { border-bottom: 0; }
thead th { color: var(--soft); font-size: 0.88rem; }
th:first-child { text-align: left; }
pre { margin: 0; white-space: pre-wrap; }
.settings { max-width: 560px; }
meter { width: 100%; min-width: 180px; }
details { margin-top: 1rem; }
summary { color: var(--soft); cursor: pointer; }
details .card { margin-top: 0.75rem; overflow-x: auto; }
@media print { body { padding: 0; } section { break-inside: avoid; } }
`;
