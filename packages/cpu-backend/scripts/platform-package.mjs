// Lays out the package that carries the native library for this machine, `@automodel/cpu-backend-<platform>-<arch>`, ready for `npm pack` or `npm publish`. Its version is that of this package.
// usage: node scripts/platform-package.mjs [FOLDER], default native/<name>. Run the native build first; set CXX to build for publication with a compiler of the oldest C library that is supported.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { libraryName, libraryPath, packageFolder } from './sources.mjs';

const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
const target = libraryName().replace('automodel-cpu-', '');
const folder = process.argv[2] ?? join(packageFolder, 'native', `cpu-backend-${target}`);
const library = libraryPath();
if (!existsSync(library)) {
  process.stderr.write(`${library} is missing: run npm run native first\n`);
  process.exit(1);
}
mkdirSync(folder, { recursive: true });
copyFileSync(library, join(folder, basename(library)));
copyFileSync(join(packageFolder, '../../LICENSE'), join(folder, 'LICENSE'));
writeFileSync(join(folder, 'README.md'), `# @automodel/cpu-backend-${target}\n\nThe native library of [@automodel/cpu-backend](https://www.npmjs.com/package/@automodel/cpu-backend) for ${target}. It is loaded by that package and of no use without it.\n`);
writeFileSync(join(folder, 'package.json'), `${JSON.stringify({
  name: `@automodel/cpu-backend-${target}`,
  version: manifest.version,
  description: `Native library of @automodel/cpu-backend for ${target}`,
  license: manifest.license,
  ...(manifest.repository === undefined ? {} : { repository: manifest.repository }),
  os: [process.platform],
  cpu: [process.arch],
  ...(process.platform === 'linux' ? { libc: [target.endsWith('-musl') ? 'musl' : 'glibc'] } : {}),
  files: [basename(library)],
}, undefined, 2)}\n`);
process.stdout.write(`${folder}\n`);
