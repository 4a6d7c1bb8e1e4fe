// The frame of the pages that commands write: one file that loads nothing, with trained text marked
// by colour and underlined, so that it is seen without colours too.
import { visibleText } from '@automodel/contracts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
/** Text as the contents of an element or the value of an attribute; no character is obeyed. */
export const escapeHtml = (text: string): string =>
  visibleText(text).replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);

const STYLE = `
:root {
  color-scheme: light dark;
  --ink: #1c1e21;
  --dim: #6b7178;
  --line: #d9dce0;
  --trained: #cdebd3;
  --ok: #1a7f37;
  --warning: #9a6700;
  --error: #cf222e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e4e6e8;
    --dim: #969ca4;
    --line: #3a3f45;
    --trained: #1f4a2b;
    --ok: #57ab5a;
    --warning: #d4a72c;
    --error: #f47067;
  }
}
body {
  font: 15px/1.5 system-ui, sans-serif;
  color: var(--ink);
  max-width: 75rem;
  margin: 2rem auto;
  padding: 0 1rem;
}
table { border-collapse: collapse; width: 100%; }
td { padding: .3rem .8rem .3rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
.ok { color: var(--ok); }
.warning { color: var(--warning); }
.error { color: var(--error); }
.note, .hint, .place { color: var(--dim); }
pre {
  white-space: pre-wrap;
  overflow-wrap: anywhere;
  border: 1px solid var(--line);
  border-radius: .4rem;
  padding: .8rem;
  color: var(--dim);
}
mark { background: var(--trained); color: var(--ink); border-bottom: 2px solid var(--ok); }
pre span:hover, pre mark:hover { outline: 1px solid var(--dim); }`;

/** A whole page; `body` is HTML. */
export const htmlPage = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${STYLE}
</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${body}
</body></html>
`;
