// The pages of the documentation site: the guides below docs/, the READMEs of packages and
// examples, under one tree of addresses. Links between files of the repository become links between
// pages, pictures come along; a link to another file stays as its text, and one to nothing is an
// error.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/** One page: its file in the repository and its file below the site's folder. */
export interface Page {
  readonly source: string;
  readonly target: string;
}

const foldersIn = (root: string, path: string): readonly string[] =>
  readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();

/** Every page of the repository at `root`. */
export function sitePages(root: string): readonly Page[] {
  const guides = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.md') && !path.endsWith('0000-template.md'))
    .sort();
  const readmes = [
    ...foldersIn(root, 'packages').map((name) => ({
      source: `packages/${name}/README.md`,
      target: `packages/${name}.md`,
    })),
    ...foldersIn(root, 'examples').map((name) => ({
      source: `examples/${name}/README.md`,
      target: `examples/${name}.md`,
    })),
  ];
  return [
    ...guides.map((path) => ({
      source: `docs/${path}`,
      target: path.replace(/README\.md$/, 'index.md'),
    })),
    { source: 'apps/cli/README.md', target: 'packages/automodel.md' },
    { source: 'examples/README.md', target: 'examples/index.md' },
    { source: 'CONTRIBUTING.md', target: 'contributing.md' },
    ...readmes.filter(({ source }) => existsSync(join(root, source))),
  ];
}

/** Pictures of the guides; the site has them at its top. */
const PICTURES = 'docs/public';

const LINK = /\[([^\]\n]*)\]\(([^)\s]+)\)/g;

/**
 * `markdown` of `page` with the links of the site. Errors: a link to a file that does not exist,
 * naming both.
 */
export function rewriteLinks(
  root: string,
  pages: readonly Page[],
  page: Page,
  markdown: string,
): string {
  const targets = new Map(pages.map(({ source, target }) => [source, target]));
  targets.set('README.md', 'index.md');
  return outsideCode(markdown, (text) =>
    text.replaceAll(LINK, (link, label: string, address: string) => {
      if (/^([a-z]+:|#|\/)/i.test(address)) return link;
      const [path = '', anchor] = address.split('#');
      const file = posix.normalize(posix.join(posix.dirname(page.source), path)).replace(/\/$/, '');
      if (!existsSync(join(root, file)))
        throw new Error(`${page.source}: the link to ${address} leads nowhere`);
      if (file.startsWith(`${PICTURES}/`)) return `[${label}](${file.slice(PICTURES.length)})`;
      const target = targets.get(file) ?? targets.get(`${file}/README.md`);
      if (target === undefined) return label;
      const fragment = anchor === undefined ? '' : `#${anchor}`;
      return `[${label}](${posix.relative(posix.dirname(page.target), target)}${fragment})`;
    }),
  );
}

/** Applies `change` to what lies outside fenced code. */
function outsideCode(markdown: string, change: (text: string) => string): string {
  return markdown
    .split(/(^```[\s\S]*?^```$)/m)
    .map((part, i) => (i % 2 === 0 ? change(part) : part))
    .join('');
}

/** Writes every page below `folder` that is not there as it should be, and the pictures. */
export function stagePages(root: string, folder: string): readonly Page[] {
  const pages = sitePages(root);
  if (existsSync(join(root, PICTURES)))
    cpSync(join(root, PICTURES), join(folder, 'public'), { recursive: true });
  for (const page of pages) {
    const file = join(folder, page.target);
    const text = rewriteLinks(root, pages, page, readFileSync(join(root, page.source), 'utf8'));
    // a file that is written again makes a served site load again
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return pages;
}
