// Installs packed packages into an empty project the way a user does, with npm itself: which peers
// come along, which platform package npm chooses, and whether the command works without a compiler.
// Third-party packages are held to the versions of this repository, so that npm finds them in its
// cache after `npm ci`.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { layOutPackage } from '../../../packages/cpu-backend/scripts/platform-package.mjs';
import {
  currentPlatform,
  platformPackageName,
  PLATFORMS,
} from '../../../packages/cpu-backend/scripts/platforms.mjs';
import { libraryPath } from '../../../packages/cpu-backend/scripts/sources.mjs';
import { packWorkspaces } from './pack.js';
import { readWorkspaces, repositoryRoot } from './workspace.js';

/** What a command of the installed project said. */
export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A project with packages installed by npm. */
export interface InstalledProject {
  readonly folder: string;
  /** Runs the installed command `automodel`. The path holds Node and nothing else. */
  automodel(...words: string[]): Outcome;
  /** The same below limits of the shell, such as `-n 64`. */
  limited(limits: string, ...words: string[]): Outcome;
  /** Runs a script of the project's, an ES module. */
  script(source: string): Outcome;
}

/**
 * Packs every package and a platform package for each platform, that of this machine with its built
 * library; returns `name -> file:tarball`.
 */
export function packEverything(destination: string): ReadonlyMap<string, string> {
  const workspaces = readWorkspaces(repositoryRoot).filter(
    ({ manifest }) => manifest.private !== true,
  );
  const specs = new Map(
    packWorkspaces(repositoryRoot, workspaces, destination).map(({ workspace, tarball }) => [
      workspace.manifest.name,
      `file:${tarball}`,
    ]),
  );
  for (const platform of Object.keys(PLATFORMS)) {
    const folder = layOutPackage(
      platform,
      platform === currentPlatform() ? libraryPath() : undefined,
      join(destination, platform),
    );
    const output = execFileSync(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', destination],
      { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const [report] = JSON.parse(output) as readonly { readonly filename: string }[];
    if (report === undefined) throw new Error(`npm pack reported nothing for ${platform}`);
    specs.set(
      platformPackageName(platform),
      `file:${join(destination, report.filename.replace(/^@/, '').replaceAll('/', '-'))}`,
    );
  }
  return specs;
}

/** Versions of the third-party packages that published packages name, as those find them here. */
function thirdPartyVersions(): Readonly<Record<string, string>> {
  const published = readWorkspaces(repositoryRoot).filter(
    ({ manifest }) => manifest.private !== true,
  );
  const versions = published.flatMap(({ folder, manifest }) =>
    Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
      .filter((name) => !name.startsWith('@automodel/'))
      .map((name) => {
        const home = [folder, '.']
          .map((place) => join(repositoryRoot, place, 'node_modules', name, 'package.json'))
          .find((path) => existsSync(path));
        if (home === undefined) throw new Error(`${folder}: ${name} is not installed: npm ci`);
        return [
          name,
          (JSON.parse(readFileSync(home, 'utf8')) as { readonly version: string }).version,
        ] as const;
      }),
  );
  return Object.fromEntries(versions);
}

/**
 * Installs packages by name from `specs` into the empty `folder`. Throws with npm's words where
 * that fails.
 */
export function installProject(
  folder: string,
  specs: ReadonlyMap<string, string>,
  names: readonly string[],
): InstalledProject {
  mkdirSync(join(folder, 'path'), { recursive: true });
  symlinkSync(process.execPath, join(folder, 'path/node'));
  const dependencies = Object.fromEntries(names.map((name) => [name, specs.get(name)]));
  const overrides = { ...thirdPartyVersions(), ...Object.fromEntries(specs) };
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({
      name: 'project',
      version: '1.0.0',
      private: true,
      type: 'module',
      dependencies,
      overrides,
    }),
  );
  const install = spawnSync(
    'npm',
    ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'],
    { cwd: folder, encoding: 'utf8' },
  );
  if (install.status !== 0) throw new Error(`npm install failed: ${install.stderr}`);
  const run = (file: string, words: readonly string[]): Outcome => {
    const { status, stdout, stderr } = spawnSync(file, words, {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: join(folder, 'path'), HOME: folder, NO_COLOR: '1', HF_HUB_OFFLINE: '1' },
    });
    return { code: status, out: stdout, err: stderr };
  };
  const command = join(folder, 'node_modules/.bin/automodel');
  return {
    folder,
    automodel: (...words) => run(command, words),
    limited: (limits, ...words) =>
      run('/bin/sh', ['-c', `ulimit ${limits}; exec "$0" "$@"`, command, ...words]),
    script: (source) => run(process.execPath, ['--input-type=module', '--eval', source]),
  };
}
