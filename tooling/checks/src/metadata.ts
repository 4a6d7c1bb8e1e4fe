// What every published manifest says about itself: licence, engines, how it is published, and where
// it comes from, which is said once, in the root manifest; of a model package, everything that
// follows from its plugin. Other code only reads manifests; `write-metadata.ts` fills them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isModelPackage, modelFields } from './model-manifest.js';
import { readWorkspaces } from './workspace.js';

type Fields = Readonly<Record<string, unknown>>;

/** A manifest that is published, and its folder relative to the root. */
export interface Published {
  readonly folder: string;
  readonly manifest: Fields;
}

const PLATFORMS = 'packages/cpu-backend/platforms';

const readJson = (path: string): Fields => JSON.parse(readFileSync(path, 'utf8')) as Fields;

/**
 * Every manifest below `root` that is published: packages, apps and the CPU backend's platforms.
 */
export function publishedManifests(root: string): readonly Published[] {
  const workspaces = readWorkspaces(root)
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ folder }) => folder);
  const platforms = existsSync(join(root, PLATFORMS))
    ? readdirSync(join(root, PLATFORMS))
        .sort()
        .map((name) => `${PLATFORMS}/${name}`)
    : [];
  return [...workspaces, ...platforms].map((folder) => ({
    folder,
    manifest: readJson(join(root, folder, 'package.json')),
  }));
}

/**
 * The fields that follow from the root manifest. Its address, `homepage` and `bugs` are left out
 * for as long as the root manifest has none.
 */
export function sharedFields(root: string, folder: string): Fields {
  const { license, engines, repository, homepage, bugs } = readJson(join(root, 'package.json'));
  const place = (repository ?? { type: 'git' }) as object;
  return { license, engines, repository: { ...place, directory: folder }, homepage, bugs };
}

/** A manifest with everything that follows from elsewhere. Errors: those of `modelTypesOf`. */
export const completed = (root: string, { folder, manifest }: Published): Fields => ({
  ...manifest,
  ...sharedFields(root, folder),
  ...(isModelPackage(folder) ? modelFields(root, folder, manifest) : {}),
});

const words = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as readonly unknown[]) : [];

/** Fields that the root manifest decides, also where it has none. */
const SHARED = ['license', 'engines', 'repository', 'homepage', 'bugs'];

function problemsOf(root: string, { folder, manifest }: Published): readonly string[] {
  const problems: string[] = [];
  const whole = completed(root, { folder, manifest });
  for (const name of new Set([...SHARED, ...Object.keys(whole)])) {
    const [given, expected] = [manifest[name], whole[name]];
    if (!isDeepStrictEqual(given, expected))
      problems.push(
        `${name} is ${JSON.stringify(given) ?? 'missing'}, expected ` +
          `${JSON.stringify(expected) ?? 'none'}: run npm run metadata`,
      );
  }
  const { access, provenance } = (manifest['publishConfig'] ?? {}) as Fields;
  if (access !== 'public' || provenance !== true)
    problems.push('publishConfig must say access "public" and provenance true');
  if (typeof manifest['description'] !== 'string' || manifest['description'] === '')
    problems.push('description is missing');
  if (!words(manifest['keywords']).includes('automodel') || words(manifest['keywords']).length < 3)
    problems.push('keywords must name automodel and at least two more');
  if (words(manifest['files']).length === 0) problems.push('files is missing');
  if (!folder.startsWith(PLATFORMS)) problems.push(...problemsOfCode(manifest));
  return problems.map((problem) => `${folder}/package.json: ${problem}`);
}

/** What a package with code says besides. */
function problemsOfCode(manifest: Fields): readonly string[] {
  const problems: string[] = [];
  if (manifest['type'] !== 'module') problems.push('type must be "module"');
  if (manifest['sideEffects'] === undefined) problems.push('sideEffects is missing');
  const exported = (manifest['exports'] ?? {}) as Readonly<Record<string, unknown>>;
  const conditions = Object.keys((exported['.'] ?? {}) as object).join();
  if (conditions !== '@automodel/source,types,default')
    problems.push(
      `exports["."] has the conditions "${conditions}", expected ` +
        '"@automodel/source,types,default" in this order',
    );
  if (exported['./package.json'] !== './package.json')
    problems.push('exports lacks "./package.json"');
  return problems;
}

/** What is wrong with the manifests that are published, one line each. */
export function checkMetadata(root: string): readonly string[] {
  return publishedManifests(root).flatMap((published) => problemsOf(root, published));
}
