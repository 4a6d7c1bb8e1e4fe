// `npm run quickstart`: builds the native library where needed, then fine-tunes the shipped base
// model as lora.yaml says, from source; with --all-weights as finetune.yaml says. Further arguments
// override the recipe.
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Runs node in the repository's root. Gives the exit code. */
function node(...argv) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, argv, { cwd: root, stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGTERM' ? 143 : 130)));
  });
}

// the terminal sends it to the child as well, which ends after its step
process.on('SIGINT', () => undefined);
const given = process.argv.slice(2);
const name = given.includes('--all-weights') ? 'finetune' : 'lora';
const built = await node('packages/cpu-backend/scripts/build-native.mjs');
if (built === 0) {
  // the result of an earlier quickstart
  await rm(new URL(`output/${name}`, import.meta.url), { recursive: true, force: true });
  process.exitCode = await node(
    'apps/cli/bin/automodel.js',
    'finetune',
    `examples/quickstart/${name}.yaml`,
    ...given.filter((word) => word !== '--all-weights'),
  );
} else {
  process.exitCode = built;
}
