// Releases: what `changeset version` does to a copy of the manifests, and that each package's
// changelog begins with its version.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readChangelog } from '../src/changelog.js';
import { raisePeerRanges } from '../src/raise-peer-ranges.js';
import { readWorkspaces, repositoryRoot, type Manifest } from '../src/workspace.js';
import { fakeTree } from './fake-tree.js';

const platforms = 'packages/cpu-backend/platforms';
const cli = join(repositoryRoot, 'node_modules/@changesets/cli/bin.js');

/**
 * A git repository with the root manifest, every workspace's manifest and changelog, the changeset
 * configuration and one changeset.
 */
function copyWithChangeset(
  bumps: Readonly<Record<string, 'patch' | 'minor' | 'major'>>,
  further: Readonly<Record<string, string>> = {},
): string {
  const front = Object.entries(bumps).map(([name, bump]) => `"${name}": ${bump}`);
  const root = fakeTree({
    ...further,
    '.changeset/one.md': ['---', ...front, '---', '', 'A change.', ''].join('\n'),
  });
  const paths = readWorkspaces(repositoryRoot).flatMap(({ folder }) => [
    `${folder}/package.json`,
    `${folder}/CHANGELOG.md`,
  ]);
  const platformManifests = readdirSync(join(repositoryRoot, platforms)).map(
    (name) => `${platforms}/${name}/package.json`,
  );
  for (const path of [
    ...platformManifests,
    'package.json',
    'package-lock.json',
    '.changeset/config.json',
    'tooling/presets/package.json',
    ...paths,
  ]) {
    if (!existsSync(join(repositoryRoot, path))) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(join(repositoryRoot, path), join(root, path));
  }
  const git = (...words: string[]): unknown =>
    execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@localhost', ...words], {
      cwd: root,
      stdio: 'pipe',
    });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '--no-gpg-sign', '-m', 'copy');
  return root;
}

/** The changesets of the repository that wait for a release, by path. */
const pendingChangesets = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(join(repositoryRoot, '.changeset'))
      .filter((name) => name.endsWith('.md') && name !== 'README.md')
      .map((name) => [
        `.changeset/${name}`,
        readFileSync(join(repositoryRoot, '.changeset', name), 'utf8'),
      ]),
  );

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

function versions(root: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readWorkspaces(root).map(({ manifest }) => [manifest.name, manifest.version]),
  );
}

describe('changeset version', () => {
  it('turns a minor of core into a minor of core and leaves every plugin where it is', () => {
    const before = versions(repositoryRoot);
    const root = copyWithChangeset({ '@automodel/core': 'minor' });
    execFileSync(process.execPath, [cli, 'version'], { cwd: root, stdio: 'pipe' });
    const [major, minor] = (before['@automodel/core'] ?? '').split('.').map(Number);
    const next = `${String(major)}.${String((minor ?? 0) + 1)}.0`;
    expect(versions(root)).toEqual({ ...before, '@automodel/core': next });
    expect(readChangelog(join(root, 'packages/core'))?.versions.slice(0, 2)).toEqual([
      next,
      before['@automodel/core'],
    ]);
  });

  it(
    'brings packages that were never released to 1.0.0, with ranges that follow, and makes no ' +
      'other major',
    () => {
      const root = copyWithChangeset({ '@automodel/core': 'minor' }, pendingChangesets());
      const before = versions(root);
      execFileSync(process.execPath, [cli, 'version'], { cwd: root, stdio: 'pipe' });
      const after = versions(root);
      for (const [name, version] of Object.entries(before))
        expect(after[name]?.split('.')[0], name).toBe(
          version === '0.0.0' ? '1' : version.split('.')[0],
        );
      raisePeerRanges(root);
      for (const { folder, manifest } of readWorkspaces(root)) {
        const moved = manifest.version !== before[manifest.name];
        for (const [name, range] of Object.entries({
          ...manifest.dependencies,
          ...(moved ? manifest.peerDependencies : {}),
        })) {
          if (name in after && moved)
            expect(range, `${folder}: ${name}`).toBe(`^${after[name] ?? ''}`);
          else if (name in after)
            expect(range, `${folder}: ${name}`).toMatch(
              new RegExp(`^\\^${after[name]?.split('.')[0] ?? ''}\\.`),
            );
        }
      }
    },
  );

  it('moves the CPU backend and its platform packages together, by exact version', () => {
    const root = copyWithChangeset({ '@automodel/cpu-backend': 'patch' });
    execFileSync(process.execPath, [cli, 'version'], { cwd: root, stdio: 'pipe' });
    const { version, optionalDependencies } = readManifest(join(root, 'packages/cpu-backend'));
    expect(version).not.toBe(versions(repositoryRoot)['@automodel/cpu-backend']);
    const moved = readdirSync(join(root, platforms)).map((name) =>
      readManifest(join(root, platforms, name)),
    );
    expect(optionalDependencies).toEqual(
      Object.fromEntries(moved.map(({ name }) => [name, version])),
    );
    expect(moved.map((manifest) => manifest.version)).toEqual(Array(6).fill(version));
  });

  it('would make majors of all plugins without the option that config.json sets', () => {
    const before = versions(repositoryRoot);
    const root = copyWithChangeset({ '@automodel/core': 'minor' });
    const path = join(root, '.changeset/config.json');
    const config = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    delete config['___experimentalUnsafeOptions_WILL_CHANGE_IN_PATCH'];
    writeFileSync(path, JSON.stringify(config));
    execFileSync(process.execPath, [cli, 'version'], { cwd: root, stdio: 'pipe' });
    const major = (version: string | undefined): number => Number(version?.split('.')[0]);
    expect(major(versions(root)['@automodel/models-qwen'])).toBe(
      major(before['@automodel/models-qwen']) + 1,
    );
  });
});

describe('changelogs', () => {
  // A package that was never released stands at 0.0.0, and its first changeset (a major) writes its
  // changelog.
  const released = readWorkspaces(repositoryRoot).filter(
    ({ manifest }) => manifest.private !== true && manifest.version !== '0.0.0',
  );

  it.each(released)('$folder begins with the current version', ({ folder, manifest }) => {
    const changelog = readChangelog(join(repositoryRoot, folder));
    expect({ title: changelog?.title, newest: changelog?.versions[0] }).toEqual({
      title: manifest.name,
      newest: manifest.version,
    });
  });
});
