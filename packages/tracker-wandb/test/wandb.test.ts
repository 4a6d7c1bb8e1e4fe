import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrackedRun } from '@automodel/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import plugin from '../src/index.js';

interface StreamBody {
  readonly files: Record<string, { offset: number; content: string[] }>;
  readonly complete?: boolean;
  readonly exitcode?: number;
}

let server: Server;
let address: string;
let root: string;
let requests: {
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly authorization: string | undefined;
}[];
let answer: (path: string) => readonly [status: number, body: unknown];

const bucket = {
  id: 'x',
  name: 'run1',
  displayName: 'out',
  project: { name: 'my project', entity: { name: 'team' } },
};

beforeEach(async () => {
  requests = [];
  answer = (path) => [
    200,
    path === '/graphql' ? { data: { upsertBucket: { bucket, inserted: true } } } : {},
  ];
  root = await mkdtemp(join(tmpdir(), 'automodel-wandb-'));
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      requests.push({
        path: request.url!,
        body: JSON.parse(text) as Record<string, unknown>,
        authorization: request.headers.authorization,
      });
      const [status, body] = answer(request.url!);
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(root, { recursive: true, force: true });
});

const KEY = 'k'.repeat(40);
const run = (variables: TrackedRun['variables'] = { WANDB_API_KEY: KEY }): TrackedRun => ({
  name: 'out',
  directory: join(root, 'out'),
  workingDirectory: root,
  recipe: 'seed: 1\n',
  settings: { 'optimizer.lr': 1e-4, shuffle: true },
  environment: { node: 'v20' },
  variables,
  startedAt: new Date(1_700_000_000_000),
  signal: new AbortController().signal,
});
const entry = (step: number, values: Record<string, number>, epoch = 0) => ({
  step,
  epoch,
  time: new Date(1_700_000_001_000 + 1000 * step),
  values,
});
const streams = (): StreamBody[] =>
  requests
    .filter(({ path }) => path.endsWith('/file_stream'))
    .map(({ body }) => body as unknown as StreamBody);
const rowsOf = ({ files }: StreamBody) =>
  files['wandb-history.jsonl']!.content.map((line) => JSON.parse(line) as Record<string, number>);

test('a run is made, and its history has one row per step, in its place', async () => {
  const tracker = await plugin.open(
    {
      base_url: address,
      project: 'my project',
      entity: 'team',
      group: 'g',
      tags: ['a'],
      job_type: 'train',
      notes: 'n',
      name: 'first',
    },
    run(),
  );
  expect(tracker.location).toBe(`${address}/team/my%20project/runs/run1`);
  const { path, body, authorization } = requests[0]!;
  expect([path, authorization]).toEqual([
    '/graphql',
    `Basic ${Buffer.from(`api:${KEY}`).toString('base64')}`,
  ]);
  const variables = body['variables'] as Record<string, unknown>;
  expect(variables).toMatchObject({
    project: 'my project',
    entity: 'team',
    groupName: 'g',
    tags: ['a'],
    jobType: 'train',
    notes: 'n',
    displayName: 'first',
    name: expect.stringMatching(/^[a-z0-9]{8}$/) as string,
  });
  expect(JSON.parse(variables['config'] as string)).toEqual({
    'optimizer.lr': { value: 1e-4 },
    shuffle: { value: true },
    environment: { value: { node: 'v20' } },
  });
  await tracker.log([entry(0, { exact_match: 0 }), entry(0, { loss: 3 }), entry(1, { loss: 2 })]);
  await tracker.log([entry(1, { val_loss: 2.5 }), entry(2, { loss: 1 }, 1)]);
  await tracker.close({ status: 'finished' });
  expect(requests.slice(1).map((request) => request.path)).toEqual(
    Array.from({ length: 3 }, () => '/files/team/my%20project/run1/file_stream'),
  );
  const [first, second, last] = streams();
  expect(rowsOf(first!)).toEqual([
    { exact_match: 0, loss: 3, epoch: 0, _step: 0, _timestamp: 1_700_000_001, _runtime: 1 },
  ]);
  expect(rowsOf(second!)).toEqual([
    { loss: 2, val_loss: 2.5, epoch: 0, _step: 1, _timestamp: 1_700_000_002, _runtime: 2 },
  ]);
  expect(rowsOf(last!)).toEqual([
    { loss: 1, epoch: 1, _step: 2, _timestamp: 1_700_000_003, _runtime: 3 },
  ]);
  expect(streams().map(({ files }) => files['wandb-history.jsonl']!.offset)).toEqual([0, 1, 2]);
  expect(JSON.parse(last!.files['wandb-summary.json']!.content[0]!)).toMatchObject({
    exact_match: 0,
    val_loss: 2.5,
    loss: 1,
    _step: 2,
  });
  expect([last!.complete, last!.exitcode, first!.complete]).toEqual([true, 0, undefined]);
});

test('entries that could not be sent may be sent again: no row is doubled', async () => {
  const tracker = await plugin.open({ base_url: address }, run());
  const entries = [entry(0, { loss: 3 }), entry(1, { loss: 2 })];
  answer = () => [502, 'bad gateway'];
  await expect(tracker.log(entries)).rejects.toMatchObject({ code: 'network' });
  answer = () => [200, {}];
  await tracker.log(entries);
  await tracker.close({ status: 'stopped' });
  const [, again, last] = streams();
  expect([...rowsOf(again!), ...rowsOf(last!)].map((row) => row['_step'])).toEqual([0, 1]);
  expect([
    again!.files['wandb-history.jsonl']!.offset,
    last!.files['wandb-history.jsonl']!.offset,
    last!.exitcode,
  ]).toEqual([0, 1, 255]);
});

test('errors say what to look at and never hold the key', async () => {
  const rejection = async (): Promise<{ code: string; message: string }> => {
    const error = await plugin.open({ base_url: address }, run()).catch((cause: unknown) => cause);
    return error as { code: string; message: string };
  };
  for (const [status, body, code, message] of [
    [401, '', 'bad-config', 'refuses the API key (401)'],
    [
      200,
      { errors: [{ message: 'entity not found' }] },
      'bad-config',
      'does not make the run: entity not found',
    ],
    [200, '<html>', 'bad-config', 'is it a W&B server?'],
    [503, '', 'network', 'answers graphql with 503'],
    [429, '', 'network', 'answers graphql with 429'],
  ] as const) {
    answer = () => [status, body];
    const error = await rejection();
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) as string });
    expect(JSON.stringify(error) + error.message).not.toContain(KEY);
  }
});

test('offline writes the same rows to disk and asks nobody; disabled does nothing', async () => {
  const offline = await plugin.open({ mode: 'offline', dir: 'kept' }, run({}));
  await offline.log([entry(0, { loss: 3 }), entry(1, { loss: 2 })]);
  await offline.close({ status: 'finished' });
  const [folder] = await readdir(join(root, 'kept'));
  expect(offline.location).toBe(join(root, 'kept', folder!));
  expect(folder).toMatch(/^offline-run-20231114_221320-[a-z0-9]{8}$/);
  const history = (await readFile(join(offline.location!, 'wandb-history.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, number>);
  expect(history.map(({ _step, loss }) => [_step, loss])).toEqual([
    [0, 3],
    [1, 2],
  ]);
  expect(
    JSON.parse(await readFile(join(offline.location!, 'wandb-summary.json'), 'utf8')),
  ).toMatchObject({ loss: 2 });
  const disabled = await plugin.open({}, run({ WANDB_MODE: 'disabled' }));
  await disabled.log([entry(0, { loss: 1 })]);
  await disabled.close({ status: 'finished' });
  expect([disabled.location, requests]).toEqual([undefined, []]);
});

test.each([
  [{}, {}, 'wandb needs an API key: set WANDB_API_KEY'],
  [
    { base_url: 'api.wandb.ai' },
    { WANDB_API_KEY: KEY },
    'wandb.base_url is not an http or https address',
  ],
  [{}, { WANDB_MODE: 'dryrun' }, 'wandb.mode "dryrun" is not one of online, offline, disabled'],
])('%j with %j is refused before the run begins', (options, variables, message) => {
  expect(() => plugin.check!(options, variables)).toThrow(message);
});
