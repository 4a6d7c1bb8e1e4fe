// The site's settings: guides in an order worth reading, everything else by folder. Pages are
// staged by ../src/build-site.ts; dead links fail the build.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type DefaultTheme } from 'vitepress';

const pages = join(import.meta.dirname, '../pages');
const GUIDES = [
  'getting-started',
  'recipes',
  'recipe-reference',
  'data',
  'lora-and-qlora',
  'memory',
  'checkpoints-and-resume',
  'many-processes',
  'clusters',
  'export',
  'hub',
  'command-line',
  'library',
  'troubleshooting',
  'errors',
];
const UNDERNEATH = [
  'architecture',
  'glossary',
  'adding-an-op',
  'adding-a-model',
  'adding-a-dataset-type',
  'adding-a-backend',
  'adding-a-strategy',
  'adding-an-engine',
  'recorded-graphs',
  'fusion',
  'numerics',
  'contributing',
  'releasing',
];

const titleOf = (path: string): string =>
  /^# (.+)$/m.exec(readFileSync(join(pages, path), 'utf8'))?.[1]?.replaceAll(/[`\\]/g, '') ?? path;
const items = (files: readonly string[]): DefaultTheme.SidebarItem[] =>
  files.map((file) => ({ text: titleOf(file), link: `/${file.replace(/(index)?\.md$/, '')}` }));
const here = readdirSync(pages);
const named = (names: readonly string[]): DefaultTheme.SidebarItem[] =>
  items(names.map((name) => `${name}.md`).filter((file) => here.includes(file)));
const below = (folder: string): DefaultTheme.SidebarItem[] =>
  items(
    readdirSync(join(pages, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .sort()
      .map((file) => `${folder}/${file}`),
  );
const rest = here.filter(
  (file) =>
    file.endsWith('.md') &&
    file !== 'index.md' &&
    ![...GUIDES, ...UNDERNEATH].includes(file.slice(0, -3)),
);

export default defineConfig({
  title: 'Automodel for TypeScript',
  description: 'Fine-tune Hugging Face models from TypeScript, without Python',
  srcDir: 'pages',
  outDir: 'dist',
  cacheDir: 'dist/.cache',
  cleanUrls: true,
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: '/favicon.svg' }]],
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Guides', link: '/getting-started' },
      { text: 'Examples', link: '/examples/' },
      { text: 'Reference', link: '/api/' },
    ],
    sidebar: [
      { text: 'Guides', items: [...named(GUIDES), ...items(rest)] },
      { text: 'Examples', collapsed: true, items: below('examples') },
      { text: 'Underneath', items: named(UNDERNEATH) },
      { text: 'Packages', collapsed: true, items: below('packages') },
      { text: 'Reference', collapsed: true, items: below('api') },
      { text: 'Decisions', collapsed: true, items: below('decisions') },
    ],
  },
});
