// The frame of every page of results: a title, figures in large type, sections, and a style sheet in the file itself. No
// script, no font, no picture from elsewhere, so it can be mailed. Knows nothing of what the results are.

import { escapeHtml } from "./html.js";
import { style } from "./style.js";

export interface Page {
  title: string;
  /** A sentence or two of HTML under the title. */
  lead: string;
  /** Names and values; the first is the one that counts. */
  figures: readonly (readonly [name: string, value: string])[];
  /** Headings with the HTML under them. */
  sections: readonly (readonly [heading: string, body: string])[];
}

/** The text of an HTML page. Titles and figures are escaped; leads and bodies are HTML already. */
export function renderPage({ title, lead, figures, sections }: Page): string {
  const items = figures.map(([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`);
  const parts = sections.map(([heading, body]) => `<section>\n<h2>${escapeHtml(heading)}</h2>\n${body}\n</section>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<p class="lead">${lead}</p>
<dl class="figures">${items.join("")}</dl>
</header>
<main>
${parts.join("\n")}
</main>
</body>
</html>
`;
}
