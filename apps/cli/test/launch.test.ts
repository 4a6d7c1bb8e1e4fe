import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { cliIn, typed, type CliResult, type Words } from './support/cli-in.js';

const RECIPE = `
model: { pretrained_model_name_or_path: model }
dataset: { path_or_dataset_id: rows.jsonl }
optimizer: { lr: 1 }
checkpoint: { checkpoint_dir: "my out" } # it's "quoted"
`;

let root: string;
beforeAll(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'automodel-launch-')), `it's here`);
  await mkdir(root);
  await writeFile(join(root, 'My Tickets.yaml'), RECIPE);
  await writeFile(join(root, 'wrong.yaml'), 'modle: x\n');
});

const recipe = 'My Tickets.yaml';

type Environment = Readonly<Record<string, string>>;

/** `automodel launch`; `environment` says where programs are. */
const launch = (words: readonly string[], environment: Environment = {}): Promise<CliResult> =>
  cliIn(root, ['launch', ...words], { plugins: [], environment });

const run = (...words: Words): Promise<CliResult> => launch(typed(...words));

test('slurm: the script runs the recipe with what was typed, in this folder', async () => {
  const { code, out } =
    await run`slurm ${recipe} --program ${'my automodel'} --nodes 2 --nproc-per-node 4 --cpus 3
      --optimizer.lr=1e-4 --dataset.split ${"it's"} --memory 4G --setup ${'module load x'}`;
  expect(code).toBe(0);
  expect(out).toContain('#SBATCH --job-name=my-tickets\n#SBATCH --nodes=2\n');
  expect(out).toContain('#SBATCH --mem=4G\n');
  expect(out).toContain('module load x\n');
  expect(out).toContain(`/it'\\''s here' || exit 2\n`);
  expect(out).toContain(`/it'\\''s here/my out'\n`);
  expect(out).toContain(
    "srun --nodes=2 --ntasks=8 --ntasks-per-node=4 --cpus-per-task=3 -- 'my automodel' finetune " +
      "'My Tickets.yaml' --backend.threads 3 --optimizer.lr=1e-4 --dataset.split 'it'\\''s' " +
      '--resume auto\n',
  );
});

test('slurm: without --program the nodes run the program that is running now', async () => {
  const { out } = await run`slurm ${recipe}`;
  expect(out).toContain(` -- ${process.execPath} `);
});

test('kubernetes: the manifest holds the recipe, and each time another secret', async () => {
  const manifests = [1, 2].map(
    () => run`kubernetes ${recipe} --image a/b --claim work --cpus 2 --optimizer.lr 1e-4`,
  );
  const documents = (await Promise.all(manifests)).map(({ out }) =>
    parseAllDocuments(out).map((document) => document.toJS() as Record<string, unknown>),
  );
  const [first, second] = documents.map((each) => JSON.stringify(each[1]?.['stringData']));
  expect(first).toMatch(/"[0-9a-f]{64}"/);
  expect(first).not.toBe(second);
  expect(documents[0]).toMatchObject([
    { kind: 'ConfigMap', data: { 'recipe.yaml': RECIPE } },
    { kind: 'Secret' },
    { kind: 'JobSet', metadata: { name: 'my-tickets' } },
  ]);
  expect(JSON.stringify(documents[0])).toContain(
    JSON.stringify([
      ...['node_modules/.bin/automodel', 'finetune', '/etc/automodel/recipe/recipe.yaml'],
      ...['--backend.threads', '2', '--optimizer.lr', '1e-4', '--resume', 'auto'],
    ]),
  );
  const { out } = await run`kubernetes ${recipe} --image a/b --claim work --kind trainjob --json`;
  expect((JSON.parse(out) as { text: string }).text).toContain('kind: TrainJob\n');
});

test.each<[name: string, words: string[], message: RegExp]>([
  ['an unknown system', ['lsf', recipe], /no system "lsf" \(choose one of slurm, kubernetes\)/],
  ['a missing recipe', ['slurm', '--optimizer.lr', '1'], /launch slurm needs a recipe/],
  ['a mistake in the recipe', ['slurm', 'wrong.yaml'], /wrong\.yaml:1:1: model is missing/],
  ['a mistake in an override', ['slurm', recipe, '--optimizer.lrr', '1'], /lrr/],
  ['an option of another system', ['slurm', recipe, '--claim', 'x'], /--claim is an option of/],
  ['no image', ['kubernetes', recipe, '--claim', 'x'], /needs --image and --claim/],
  ['a bad size', ['slurm', recipe, '--memory', '4 GB'], /whole number with M, G or T/],
  ['a bad time', ['slurm', recipe, '--time', '4h'], /It must be a time/],
  ['a bad name', ['slurm', recipe, '--name', 'A b'], /the name "A b" is not a valid name/],
  [
    'half a line',
    ['slurm', recipe, '--partition', 'a\nb'],
    /holds a line end or a control character/,
  ],
])('refuses %s in one line', async (_, words, message) => {
  const { code, out, err } = await launch(words);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(message);
  expect(err.trimEnd()).not.toContain('\n');
});

describe('--submit', () => {
  /** Where a program `name` is that does what the lines say, and the usual ones are. */
  async function withProgram(name: string, ...lines: string[]): Promise<Environment> {
    const folder = await mkdtemp(join(tmpdir(), 'automodel-tools-'));
    await writeFile(join(folder, name), ['#!/bin/sh', ...lines, ''].join('\n'));
    await chmod(join(folder, name), 0o755);
    return { PATH: [folder, '/usr/bin', '/bin'].join(delimiter) };
  }
  const slurm = ['slurm', recipe, '--time', '9'];
  const kubernetes = ['kubernetes', recipe, '--image', 'a/b', '--claim', 'work'];

  test('gives the script to sbatch and shows the answer', async () => {
    const environment = await withProgram('sbatch', 'cat > given.sh', 'echo Submitted 7');
    expect(await launch([...slurm, '--submit'], environment)).toEqual({
      code: 0,
      out: 'Submitted 7\n',
      err: '',
    });
    expect(await readFile(join(root, 'given.sh'), 'utf8')).toBe((await launch(slurm)).out);
  });

  test('gives the manifest to kubectl', async () => {
    const environment = await withProgram('kubectl', 'cat > given.yaml', 'echo "$*"');
    const { out } = await launch([...kubernetes, '--submit', '--json'], environment);
    const { text, answer } = JSON.parse(out) as { text: string; answer: string };
    expect(answer).toBe('apply -f -\n');
    expect(await readFile(join(root, 'given.yaml'), 'utf8')).toBe(text);
  });

  test('says in one line what the program refuses, and what is not installed', async () => {
    const refusing = await withProgram('sbatch', 'echo "error: one" >&2; echo two >&2; exit 1');
    expect(await launch([...slurm, '--submit'], refusing)).toEqual({
      code: 2,
      out: '',
      err: 'error: sbatch refused the job: error: one; two\n',
    });
    const { code, err } = await launch([...kubernetes, '--submit'], { PATH: '/nowhere' });
    expect(code).toBe(2);
    expect(err).toMatch(/^error: kubectl cannot be started on this machine \(.*Kubernetes.*\)\n$/);
  });
});
