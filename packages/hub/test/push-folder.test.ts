import { cp, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CARD_MARK, pushFolder, type PushOptions, type PushResult } from '../src/index.js';
import { FakeHub } from './fake-hub.js';
import { sha256 } from './fake-repository.js';
import { WEIGHTS, writeFiles, writeResults } from './result-folders.js';

let hub: FakeHub;
let root: string;
const pushed = (
  folder: string,
  options: Partial<PushOptions> = {},
  environment: Record<string, string> = {},
): Promise<PushResult> =>
  pushFolder(folder, {
    repository: 'me/result',
    workingDirectory: root,
    timing: { firstPauseSeconds: 0.001, attempts: 2 },
    ...options,
    environment: { HF_ENDPOINT: hub.endpoint, HF_HOME: root, HF_TOKEN: 'hf_write', ...environment },
  });

/** The files of the last commit: their text, of large ones as it was sent to the store. */
const committed = (): Record<string, string> => {
  const lines = hub.commits.at(-1)?.lines ?? [];
  return Object.fromEntries(
    lines
      .filter(({ key }) => key !== 'header')
      .map(({ key, value }) => [
        value['path'],
        key === 'lfsFile'
          ? String(hub.uploaded.get(String(value['oid'])))
          : Buffer.from(String(value['content']), 'base64').toString(),
      ]),
  );
};

const write = (folder: string, files: Readonly<Record<string, string>>): Promise<string> =>
  writeFiles(join(root, folder), files);

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-push-')));
  hub = await FakeHub.start({
    id: 'Qwen/Qwen3-0.6B',
    files: {},
    cardData: { license: 'apache-2.0' },
  });
  await writeResults(root);
});

afterEach(async () => {
  await hub.stop();
  await rm(root, { recursive: true, force: true });
});

test('a result is pushed with its model files and a card, into a new repository', async () => {
  const result = await pushed('model', { private: true, message: 'First' });
  expect(result).toMatchObject({
    url: `${hub.endpoint}/me/result`,
    commit: 'd'.repeat(40),
    kind: 'model',
    notes: ['1 checkpoint of the run stays here (epoch_0_step_1)'],
  });
  expect(hub.created).toMatchObject([
    { name: 'result', organization: 'me', visibility: 'private' },
  ]);
  expect(Object.keys(committed()).sort()).toEqual([
    'README.md',
    'chat_template.jinja',
    'config.json',
    'model.safetensors',
    'tokenizer.json',
  ]);
  expect(committed()['model.safetensors']).toBe(WEIGHTS);
  expect(hub.uploaded.has(sha256(Buffer.from(WEIGHTS)))).toBe(true);
  expect(hub.commits[0]?.lines[0]?.value).toMatchObject({ summary: 'First' });
  const of = (host: string): unknown[] => [
    ...new Set(
      hub.requests
        .filter((request) => request.host === host)
        .map(({ authorization }) => authorization),
    ),
  ];
  expect([of('hub'), of('cdn')]).toEqual([['Bearer hf_write'], [undefined]]);
});

test('the card says what the run was, without secrets and local paths', async () => {
  const { card } = await pushed('model');
  const [, front = '', body] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(card ?? '') ?? [];
  expect(parse(front)).toEqual({
    base_model: 'Qwen/Qwen3-0.6B',
    base_model_relation: 'finetune',
    license: 'apache-2.0',
    library_name: 'transformers',
    pipeline_tag: 'text-generation',
    tags: ['automodel'],
  });
  expect(body).toContain(
    'trained from [Qwen/Qwen3-0.6B](https://huggingface.co/Qwen/Qwen3-0.6B), on `train.jsonl`.',
  );
  expect(body).toContain('2 optimizer steps, 250 trained tokens, loss of the last step 2.2500.');
  expect(body).toContain('| default | 2.5000 (12.18) | 2.0000 (7.39) | 2.0000 (7.39) |');
  expect(body).toContain('pretrained_model_name_or_path: Qwen/Qwen3-0.6B');
  expect(body).toContain('vllm serve me/result');
  for (const hidden of ['/home/me', 'secret-project', 'abcdef', './runs'])
    expect(card).not.toContain(hidden);
  expect(body).toContain('https://example.org/a/b/c');
});

test("an adapter gets its base's id in place of a local folder, or is refused", async () => {
  await expect(pushed('adapter')).rejects.toMatchObject({
    code: 'bad-argument',
    hint: expect.stringContaining('--base') as string,
  });
  expect(hub.created).toEqual([]);
  const { card, kind } = await pushed('adapter', { base: 'Qwen/Qwen3-0.6B' });
  expect(kind).toBe('adapter');
  expect(JSON.parse(committed()['adapter_config.json'] ?? '')).toEqual({
    base_model_name_or_path: 'Qwen/Qwen3-0.6B',
    peft_type: 'LORA',
    r: 8,
    lora_alpha: 16,
    target_modules: ['q_proj'],
  });
  expect(card).toContain(
    'A LORA adapter for [Qwen/Qwen3-0.6B](https://huggingface.co/Qwen/Qwen3-0.6B) (rank 8, alpha ' +
      '16, on q_proj).',
  );
  expect(card).toContain('base_model_relation: adapter\nlicense: apache-2.0\nlibrary_name: peft');
  expect(card).toContain(
    'vllm serve Qwen/Qwen3-0.6B --enable-lora --lora-modules adapter=me/result',
  );
});

test('a card that a person wrote is never replaced, one that was written here is', async () => {
  await write('model', { 'README.md': '# Mine' });
  expect(await pushed('model')).toMatchObject({
    card: undefined,
    notes: expect.arrayContaining(['README.md of the folder is pushed as it is']) as string[],
  });
  expect(committed()['README.md']).toBe('# Mine');
  await rm(join(root, 'model/README.md'));
  const remote = async (id: string, card: string): Promise<boolean> => {
    hub.repositories.push({ id, files: { 'README.md': card } });
    const result = await pushed('model', { repository: id });
    expect('README.md' in committed()).toBe(result.card !== undefined);
    return result.card !== undefined;
  };
  expect(await remote('me/theirs', '---\nlicense: mit\n---\n# By hand')).toBe(false);
  expect(await remote('me/ours', `---\nlicense: mit\n---\n${CARD_MARK}\n# Old`)).toBe(true);
  expect(await remote('me/new', '---\nlicense: mit\n---\n')).toBe(true);
});

test('unfinished or incomplete results and checkpoints are refused before a push', async () => {
  await expect(pushed('nowhere')).rejects.toMatchObject({
    code: 'missing-file',
    message: `${join(root, 'nowhere')}: the folder does not exist`,
  });
  await cp(join(root, 'model'), join(root, 'torn'), { recursive: true });
  await rm(join(root, 'torn/model.safetensors'));
  await expect(pushed('torn')).rejects.toMatchObject({
    code: 'missing-file',
    message: `${join(root, 'torn')}: is not complete: model.safetensors is missing`,
  });
  await rm(join(root, 'torn/config.json'));
  await expect(pushed('torn')).rejects.toMatchObject({
    message: expect.stringContaining('a run that is not finished') as string,
    hint: expect.stringContaining('epoch_0_step_1') as string,
  });
  const checkpoint = await write('epoch_0_step_9', {
    'config.json': '{}',
    'model.safetensors': 'x',
    'tokenizer.json': '{}',
    'training_state/state.json': '{}',
  });
  await expect(pushed(checkpoint)).rejects.toMatchObject({
    code: 'conflict',
    hint: expect.stringContaining('--with-training-state') as string,
  });
  expect(hub.requests).toEqual([]);
  expect((await pushed(checkpoint, { withTrainingState: true })).files).toContain(
    'training_state/state.json',
  );
});

test('a push without a token, a right name or the right to write says what to do', async () => {
  await expect(pushed('model', {}, { HF_TOKEN: '' })).rejects.toMatchObject({
    code: 'bad-argument',
    hint: expect.stringContaining('/settings/tokens') as string,
  });
  await expect(pushed('model', { repository: 'result' })).rejects.toMatchObject({
    code: 'bad-argument',
    message: '"result" is not a repository',
  });
  await expect(pushed('model', {}, { HF_HUB_OFFLINE: '1' })).rejects.toMatchObject({
    code: 'network',
  });
  hub.fault = ({ url }) =>
    url.includes('/create')
      ? {
          status: 403,
          text: '{"error":"You don\'t have the rights to create a model under this namespace"}',
        }
      : undefined;
  await expect(pushed('model')).rejects.toMatchObject({
    code: 'network',
    message: expect.stringMatching(
      /^the token in HF_TOKEN may not write to me\/result: You don't have the rights/,
    ) as string,
    hint: expect.stringContaining('under me') as string,
  });
});

test('a branch is made where it is asked for, and a store that fails is tried again', async () => {
  let stumbled = false;
  hub.fault = ({ host, method }) =>
    host === 'cdn' && method === 'PUT' && !stumbled && (stumbled = true)
      ? { status: 503 }
      : undefined;
  expect((await pushed('model', { revision: 'v2' })).url).toBe(`${hub.endpoint}/me/result/tree/v2`);
  expect(stumbled).toBe(true);
  expect(
    hub.requests.some(
      ({ url, method }) => method === 'POST' && url === '/api/models/me/result/branch/v2',
    ),
  ).toBe(true);
  expect(hub.commits[0]?.url).toContain('/commit/v2');
});

test('a dry run writes the card and changes nothing', async () => {
  const result = await pushed('model', { dryRun: true }, { HF_TOKEN: '' });
  expect(result).toMatchObject({
    commit: undefined,
    files: [
      'README.md',
      'chat_template.jinja',
      'config.json',
      'model.safetensors',
      'tokenizer.json',
    ],
  });
  expect(hub.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  expect(await readFile(join(root, 'model/README.md'), 'utf8').catch(() => 'absent')).toBe(
    'absent',
  );
});
