// Packs workspaces the way npm publishes them and says what is wrong with the contents: a package
// brings its README, LICENSE, changelog and build, and no sources, tests or configuration.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Workspace } from './workspace.js';

/** A packed workspace: the tarball's path and the paths in it. */
export interface Packed {
  readonly workspace: Workspace;
  readonly tarball: string;
  readonly files: readonly string[];
}

interface PackReport {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** Packs `workspaces` of `root` into `destination`, running no scripts. */
export function packWorkspaces(
  root: string,
  workspaces: readonly Workspace[],
  destination: string,
): readonly Packed[] {
  const chosen = workspaces.flatMap(({ folder }) => ['--workspace', folder]);
  const output = execFileSync(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', destination, ...chosen],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 28 },
  );
  const reports = JSON.parse(output) as readonly PackReport[];
  return workspaces.map((workspace) => {
    const report = reports.find(({ name }) => name === workspace.manifest.name);
    if (report === undefined)
      throw new Error(`npm pack reported nothing for ${workspace.manifest.name}`);
    const filename = report.filename.replace(/^@/, '').replaceAll('/', '-');
    return {
      workspace,
      tarball: join(destination, filename),
      files: report.files.map(({ path }) => path),
    };
  });
}

const required = ['README.md', 'LICENSE', 'package.json', 'dist/index.js', 'dist/index.d.ts'];
/** Version of a package that was never released; its first release writes its changelog. */
const unreleased = '0.0.0';
const refused = [
  /^(src|test|scripts)\//,
  /\.test\./,
  /(^|\/)(tsconfig.*\.json|tsup\.config.*|vitest\.config.*|\.turbo)/,
  /\.tsbuildinfo$/,
  /(^|\/)node_modules\//,
];

/**
 * What is missing from or does not belong in a package of this version with these files, one line
 * each.
 */
export function checkContents(
  { name, version }: { readonly name: string; readonly version: string },
  files: readonly string[],
): readonly string[] {
  const expected = version === unreleased ? required : [...required, 'CHANGELOG.md'];
  return [
    ...expected
      .filter((path) => !files.includes(path))
      .map((path) => `${name}: the package lacks ${path}`),
    ...files
      .filter((path) => refused.some((pattern) => pattern.test(path)))
      .map((path) => `${name}: ${path} does not belong in the package`),
  ];
}
