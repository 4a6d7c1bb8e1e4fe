// A user's first minutes with the packages as they are published: npm installs what was asked for
// and no more, the command runs without a compiler, and what is missing is named with the line that
// installs it.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  currentPlatform,
  libraryFile,
  platformPackageName,
} from '../../../packages/cpu-backend/scripts/platforms.mjs';
import { installProject, packEverything, type InstalledProject } from '../src/packed-install.js';
import { repositoryRoot } from '../src/workspace.js';

const config = {
  architectures: ['Qwen3ForCausalLM'],
  model_type: 'qwen3',
  vocab_size: 1024,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 16,
  max_position_embeddings: 256,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  tie_word_embeddings: false,
  eos_token_id: 2,
  torch_dtype: 'float32',
  hidden_act: 'silu',
  attention_bias: false,
};
const quick = [
  '--step_scheduler.max_steps',
  '3',
  '--step_scheduler.global_batch_size=4',
  '--backend.threads',
  '1',
];
const finetune = (model: string): string[] => [
  'finetune',
  '--model',
  model,
  '--data',
  'rows.jsonl',
  '--output',
  `from-${model}`,
  ...quick,
];

let root: string;
let project: InstalledProject;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'automodel-packed-'));
  mkdirSync(join(root, 'tarballs'));
  project = installProject(join(root, 'project'), packEverything(join(root, 'tarballs')), [
    'automodel',
    '@automodel/cpu-backend',
    '@automodel/models-qwen',
  ]);
  const examples = join(repositoryRoot, 'examples/quickstart');
  cpSync(join(examples, 'tokenizer'), join(project.folder, 'description'), { recursive: true });
  writeFileSync(join(project.folder, 'description/config.json'), JSON.stringify(config));
  writeFileSync(
    join(project.folder, 'rows.jsonl'),
    readFileSync(join(examples, 'data/validation.jsonl'), 'utf8')
      .split('\n')
      .slice(0, 20)
      .join('\n'),
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const installed = (): string[] =>
  readdirSync(join(project.folder, 'node_modules/@automodel')).sort();
const home = (): string =>
  join(project.folder, 'node_modules', platformPackageName(currentPlatform()));

describe('installed packages', () => {
  it('are what was asked for, with what that needs, and one native library', () => {
    expect(installed().filter((name) => name.startsWith('cpu-backend'))).toEqual([
      'cpu-backend',
      platformPackageName(currentPlatform()).replace('@automodel/', ''),
    ]);
    expect(
      installed().filter((name) => /^(models|export|tracker)-|^(peft|testing)$/.test(name)),
    ).toEqual(['models-qwen']);
    expect(installed()).toEqual(
      expect.arrayContaining(['contracts', 'core', 'nn', 'recipe', 'train']),
    );
  });

  it('are there once each: no second copy of a package below another', () => {
    const nested = readdirSync(join(project.folder, 'node_modules'), {
      recursive: true,
      encoding: 'utf8',
    }).filter((path) => /node_modules\/(automodel|@automodel\/[^/]+)$/.test(path));
    expect(nested).toEqual([]);
  });

  it.each([
    ['--help', /finetune/],
    ['--version', /^\d+\.\d+\.\d+\n$/],
    ['plugins', /qwen3/],
  ])('automodel %s', (word, says) => {
    const { code, out, err } = project.automodel(word);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(says);
  });

  it('automodel doctor: ready, with the library of the platform package', () => {
    const { code, out, err } = project.automodel('doctor');
    expect({ code, err, out }).toEqual({
      code: 0,
      err: '',
      out: expect.stringContaining(
        join(
          'node_modules',
          platformPackageName(currentPlatform()),
          libraryFile(currentPlatform()),
        ),
      ) as string,
    });
  });

  it('make a model from its description and fine-tune it, without a compiler', () => {
    const made = project.script(`
      import cpu from '@automodel/cpu-backend';
      import qwen from '@automodel/models-qwen';
      import { AutoModelForCausalLM } from '@automodel/run';
      const model = await AutoModelForCausalLM.fromConfig('description', {
        plugins: [cpu, qwen],
        seed: 1,
        backend: { threads: 1 },
      });
      await model.savePretrained('model');
      await model.close();`);
    expect(made).toEqual({ code: 0, out: '', err: '' });
    const { code, err } = project.automodel(...finetune('model'));
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    expect(err).toContain('step 3/3');
    expect(readdirSync(join(project.folder, 'from-model'))).toEqual(
      expect.arrayContaining(['config.json', 'model.safetensors', 'report.html']),
    );
  });

  it('run and fine-tune with 64 open files and 4 GB of address space', () => {
    const limits = '-n 64 -v 4000000';
    for (const words of [['doctor'], [...finetune('model'), '--output', 'limited']]) {
      const { code, err } = project.limited(limits, ...words);
      expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    }
  });
});

describe('what is missing', () => {
  it('a model family: the line that installs it', () => {
    cpSync(join(project.folder, 'model'), join(project.folder, 'llama'), { recursive: true });
    writeFileSync(
      join(project.folder, 'llama/config.json'),
      JSON.stringify({ ...config, architectures: ['LlamaForCausalLM'], model_type: 'llama' }),
    );
    const { code, err } = project.automodel(...finetune('llama'));
    expect(code).not.toBe(0);
    expect(err).toContain('npm install @automodel/models-llama');
  });

  it('the native library: the package of this platform and version', () => {
    renameSync(home(), `${home()}-away`);
    const { code, err } = project.automodel(...finetune('model'), '--output', 'again');
    const doctor = project.automodel('doctor');
    renameSync(`${home()}-away`, home());
    const line = new RegExp(
      `npm install ${platformPackageName(currentPlatform())}@\\d+\\.\\d+\\.\\d+`,
    );
    expect([code, doctor.code]).toEqual([2, 1]); // a fault of the installation, a check that failed
    expect(err).toMatch(line);
    expect(doctor.out).toMatch(line);
  });

  it('a native library of these sources: the file is named', () => {
    const file = join(home(), libraryFile(currentPlatform()));
    const bytes = readFileSync(file);
    const { out: hash } = project.script(
      "import koffi from 'koffi'; " +
        `process.stdout.write(koffi.load(${JSON.stringify(file)}).func('const char ` +
        "*automodel_source_hash()')());",
    );
    const other = Buffer.from(bytes);
    other.write('0123456789abcdef', bytes.indexOf(hash));
    writeFileSync(file, other);
    const { code, err } = project.automodel(...finetune('model'), '--output', 'again');
    writeFileSync(file, bytes);
    expect(code).not.toBe(0);
    expect(err).toContain(
      `${libraryFile(currentPlatform())} was built from other sources (0123456789abcdef) than ` +
        `this package (${hash})`,
    );
  });
});
