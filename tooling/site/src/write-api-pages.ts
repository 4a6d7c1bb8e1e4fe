// The reference of every published package, written by TypeDoc from the sources: one page a
// package.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application, type TypeDocOptions } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';

/**
 * Writes `<folder>/<package>.md` for each package below `root`. Errors: sources that TypeDoc cannot
 * read.
 */
export async function writeApiPages(root: string, folder: string): Promise<void> {
  const packages = readdirSync(join(root, 'packages')).filter((name) =>
    existsSync(join(root, 'packages', name, 'src/index.ts')),
  );
  const names = new Map(
    packages.map((short) => [
      short,
      (
        JSON.parse(readFileSync(join(root, 'packages', short, 'package.json'), 'utf8')) as {
          readonly name: string;
        }
      ).name,
    ]),
  );
  const options: TypeDocOptions & Partial<PluginOptions> = {
    entryPoints: packages.map((name) => join(root, 'packages', name, 'src/index.ts')),
    tsconfig: join(root, 'tsconfig.json'),
    plugin: ['typedoc-plugin-markdown'],
    out: folder,
    name: 'Packages',
    readme: 'none',
    outputFileStrategy: 'modules',
    entryFileName: 'index',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    sanitizeComments: true,
    useCodeBlocks: true,
    disableSources: true,
    excludePrivate: true,
    excludeExternals: true,
    skipErrorChecking: true,
    logLevel: 'Error',
    githubPages: false,
  };
  const app = await Application.bootstrapWithPlugins(options);
  const project = await app.convert();
  if (project === undefined) throw new Error('TypeDoc cannot read the packages');
  for (const module of project.children ?? [])
    module.name = names.get(module.name.split('/')[0] ?? '') ?? module.name;
  await app.generateOutputs(project);
}
