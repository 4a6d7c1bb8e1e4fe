// A consumer's project made of packed tarballs, as strict as pnpm's layout: each package sees
// exactly the dependencies and peers its manifest names, so one that works only because a neighbour
// is installed fails here. Needs no network.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Packed } from './pack.js';

/**
 * Lays the packages out below `folder` and returns the consumer's project. `modules` holds the
 * third-party packages (the repository's node_modules). The packages' own homes stand beside the
 * project, not in it: else each would find the others on the way up.
 */
export function layOutConsumer(folder: string, packed: readonly Packed[], modules: string): string {
  const project = join(folder, 'project');
  const home = (name: string): string =>
    join(folder, 'store', name.replace('/', '+'), 'node_modules', name);
  const internal = new Set(packed.map(({ workspace }) => workspace.manifest.name));
  for (const { workspace, tarball } of packed) {
    const { name, dependencies, peerDependencies, optionalDependencies } = workspace.manifest;
    mkdirSync(home(name), { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '-C', home(name), '--strip-components=1']);
    for (const other of Object.keys({
      ...dependencies,
      ...peerDependencies,
      ...optionalDependencies,
    })) {
      // where another version of it stands at the top
      const own = join(dirname(modules), workspace.folder, 'node_modules', other);
      const external = existsSync(own) ? own : join(modules, other);
      const target = internal.has(other) ? home(other) : external;
      if (existsSync(target) || internal.has(other))
        link(target, join(folder, 'store', name.replace('/', '+'), 'node_modules', other));
    }
    link(home(name), join(project, 'node_modules', name));
  }
  link(join(modules, '@types/node'), join(project, 'node_modules/@types/node'));
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'consumer', version: '1.0.0', private: true, type: 'module' }),
  );
  return project;
}

/**
 * Imports and requires each package by name in a Node process of its own; returns what failed, one
 * line each.
 */
export function importEach(project: string, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    const script = `
      import { createRequire } from 'node:module';
      const imported = await import('${name}');
      const required = createRequire(process.cwd() + '/x.js')('${name}');
      if (Object.keys(imported).some((key) => imported[key] !== required[key]))
        throw new Error('import and require give two copies');`;
    const result = spawnSync(
      process.execPath,
      ['--no-warnings', '--input-type=module', '--eval', script],
      { cwd: project, encoding: 'utf8' },
    );
    return result.status === 0
      ? []
      : [`${name}: does not load when installed alone: ${firstError(result.stderr)}`];
  });
}

/**
 * Type-checks a file that imports every package, with the declarations of packages checked too;
 * returns tsc's complaints.
 */
export function typeCheckEach(
  project: string,
  names: readonly string[],
  modules: string,
): readonly string[] {
  writeFileSync(
    join(project, 'consumer.ts'),
    names.map((name, index) => `export * as p${String(index)} from '${name}';\n`).join(''),
  );
  const options = {
    module: 'nodenext',
    moduleResolution: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
  };
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['consumer.ts'] }),
  );
  const result = spawnSync(process.execPath, [join(modules, 'typescript/bin/tsc'), '-p', project], {
    cwd: project,
    encoding: 'utf8',
  });
  // Declarations of third parties are theirs to keep clean; ours must be.
  return result.stdout
    .split('\n')
    .filter(
      (line) =>
        /error TS/.test(line) &&
        !/(^|\/)node_modules\/(?!@?automodel)[^+]*$/.test(line.split('(')[0] ?? ''),
    );
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path, 'dir');
}

function firstError(text: string): string {
  return text.split('\n').find((line) => /^\w*Error\b/.test(line)) ?? text.trim();
}
