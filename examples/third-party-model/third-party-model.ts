// A project that depends on a model package of somebody else's: the package is found by its
// manifest, imported when its model_type is met, and held to reference tensors.
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { discoverPlugins, PluginRegistry } from '@automodel/run';
import { conformanceFailures, modelConformance } from '@automodel/testing';

const project = await mkdtemp(join(tmpdir(), 'wren-project-'));
try {
  // What `npm install automodel-models-wren` leaves behind.
  await writeFile(
    join(project, 'package.json'),
    JSON.stringify({ name: 'project', dependencies: { 'automodel-models-wren': '^1.0.0' } }),
  );
  await mkdir(join(project, 'node_modules'));
  await symlink(
    join(import.meta.dirname, 'automodel-models-wren'),
    join(project, 'node_modules/automodel-models-wren'),
    'dir',
  );

  // A Hugging Face folder of that family, with golden.safetensors: what another implementation
  // computes from it.
  const folder = join(project, 'tiny-wren');
  await cp('goldens/models/llama-gqa', folder, { recursive: true });
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as object;
  await rm(join(folder, 'config.json'));
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({ ...config, model_type: 'wren', architectures: ['WrenForCausalLM'] }),
  );

  const plugins = new PluginRegistry({
    discovered: await discoverPlugins({ workingDirectory: project }),
  });
  const plugin = await plugins.model('wren');
  console.log(`wren is provided by ${plugin.name}`);

  const checks = await modelConformance(plugin, folder);
  for (const line of conformanceFailures(checks)) console.log(`differs: ${line}`);
  console.log(
    `${checks.filter(({ status }) => status === 'agrees').length} tensors agree with the reference`,
  );
} finally {
  await rm(project, { recursive: true, force: true });
}
