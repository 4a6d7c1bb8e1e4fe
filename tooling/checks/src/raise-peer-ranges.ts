// After `changeset version`: a package that is about to be released was built and tested beside the
// peers of today, so it asks for at least those. Changesets leaves peer ranges alone here, because
// raising them itself would make a major of every plugin (docs/decisions/0001-releases.md).
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWorkspaces, repositoryRoot, type Manifest, type Workspace } from './workspace.js';

const major = (version: string): string | undefined => version.replace('^', '').split('.')[0];

/**
 * New peer ranges of the packages whose version is not `versionBefore` (undefined: new), by folder;
 * only what changes, and never across a major.
 */
export function raisedPeerRanges(
  workspaces: readonly Workspace[],
  versionBefore: (folder: string) => string | undefined,
): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const versions = new Map(workspaces.map(({ manifest }) => [manifest.name, manifest.version]));
  const raised = new Map<string, Readonly<Record<string, string>>>();
  for (const { folder, manifest } of workspaces) {
    if (manifest.version === versionBefore(folder)) continue;
    const ranges = Object.entries(manifest.peerDependencies ?? {}).flatMap(
      ([name, range]): [string, string][] => {
        const version = versions.get(name);
        return version === undefined || major(version) !== major(range) || range === `^${version}`
          ? []
          : [[name, `^${version}`]];
      },
    );
    if (ranges.length > 0) raised.set(folder, Object.fromEntries(ranges));
  }
  return raised;
}

/** Version of a workspace in the last commit of the repository at `root`. */
function committedVersion(root: string, folder: string): string | undefined {
  try {
    const text = execFileSync('git', ['show', `HEAD:${folder}/package.json`], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return (JSON.parse(text) as Manifest).version;
  } catch {
    return undefined;
  }
}

/** Writes the raised ranges into the manifests below `root`. */
export function raisePeerRanges(root: string): void {
  const workspaces = readWorkspaces(root);
  for (const [folder, ranges] of raisedPeerRanges(workspaces, (path) =>
    committedVersion(root, path),
  )) {
    const path = join(root, folder, 'package.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
    const peerDependencies = { ...manifest.peerDependencies, ...ranges };
    const text = JSON.stringify({ ...manifest, peerDependencies }, undefined, 2);
    writeFileSync(path, `${text}\n`);
  }
}

if (process.argv[1] === import.meta.filename) raisePeerRanges(repositoryRoot);
