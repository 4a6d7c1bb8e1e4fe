// `npm run docs`: the documentation site in tooling/site/dist, from the guides, the READMEs and the
// sources. A link that leads nowhere fails the build. Nothing is fetched.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vitepress';
import { stagePages } from './stage-pages.js';
import { writeApiPages } from './write-api-pages.js';

const site = join(import.meta.dirname, '..');
const root = join(site, '../..');
const pages = join(site, 'pages');
const started = performance.now();

rmSync(pages, { recursive: true, force: true });
mkdirSync(pages, { recursive: true });
const staged = stagePages(root, pages);
await writeApiPages(root, join(pages, 'api'));
await build(site);
console.log(
  `${staged.length} pages and the reference of the packages in ` +
    `${((performance.now() - started) / 1000).toFixed(0)} s`,
);
