// The script and the style sheet of the page, beside this package's code. The script is
// packages/report/browser in one file; `npm run report:script` writes it. Read once.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const own = (name: string): string =>
  readFileSync(new URL(`../assets/${name}`, import.meta.url), 'utf8');

export interface ReportAssets {
  readonly script: string;
  readonly style: string;
  /** The hash of each for a content security policy. */
  readonly hashes: { readonly script: string; readonly style: string };
}

const hashOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

let assets: ReportAssets | undefined;

export function reportAssets(): ReportAssets {
  if (assets === undefined) {
    const [script, style] = [own('run-view.min.js').trimEnd(), own('report.css')];
    assets = { script, style, hashes: { script: hashOf(script), style: hashOf(style) } };
  }
  return assets;
}
