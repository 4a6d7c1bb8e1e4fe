// `npm run docs:dev`: the documentation site on this machine, which follows every change of the
// guides and READMEs. The reference of the packages is that of the last `npm run docs`, because
// making it takes longer than a change of a page; without one its place says so.
import { existsSync, mkdirSync, watch, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createServer } from 'vitepress';
import { sitePages, stagePages } from './stage-pages.js';

const site = join(import.meta.dirname, '..');
const root = join(site, '../..');
const pages = join(site, 'pages');
/** Editors write a file in several moves: this long after the last one the pages are staged. */
const PAUSE_MS = 100;

mkdirSync(join(pages, 'api'), { recursive: true });
const reference = join(pages, 'api/index.md');
if (!existsSync(reference))
  writeFileSync(reference, '# Packages\n\n`npm run docs` makes the reference of the packages.\n');
stagePages(root, pages);

/** VitePress asks for a new server after a change of its settings. */
async function serve(): Promise<void> {
  const server = await createServer(site, { host: '127.0.0.1' }, async () => {
    await server.close();
    await serve();
  });
  await server.listen();
  server.printUrls();
}
await serve();

let waiting: NodeJS.Timeout | undefined;
function stageSoon(): void {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    try {
      stagePages(root, pages);
    } catch (error) {
      console.error((error as Error).message); // a link that leads nowhere yet
    }
  }, PAUSE_MS);
}
const folders = new Set(sitePages(root).map(({ source }) => dirname(join(root, source))));
for (const folder of folders)
  watch(folder, (_, name) => {
    if (name?.endsWith('.md') === true) stageSoon();
  });
