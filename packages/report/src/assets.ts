// The parts of the page besides the data: uPlot with its style sheet, from its package, and the
// report's own script and style sheet beside this package's code. Read once.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const own = (name: string): string =>
  readFileSync(new URL(`../assets/${name}`, import.meta.url), 'utf8');
const uplotFolder = dirname(require.resolve('uplot/package.json'));
const uplot = (name: string): string => readFileSync(join(uplotFolder, name), 'utf8');

export interface ReportAssets {
  readonly scripts: readonly string[];
  readonly styles: readonly string[];
}

let assets: ReportAssets | undefined;

export function reportAssets(): ReportAssets {
  assets ??= {
    scripts: [`/*! ${uplot('LICENSE')} */\n${uplot('dist/uPlot.iife.min.js')}`, own('report.js')],
    styles: [uplot('dist/uPlot.min.css'), own('report.css')],
  };
  return assets;
}
