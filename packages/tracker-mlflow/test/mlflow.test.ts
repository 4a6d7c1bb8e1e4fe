import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TrackedRun } from '@automodel/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import plugin from '../src/index.js';

interface Request {
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly authorization: string | undefined;
}

let server: Server;
let address: string;
let requests: Request[];
/** Answers by the last two parts of a path; absent: an empty object. */
let answers: Record<
  string,
  (body: Record<string, unknown>) => readonly [status: number, answer: unknown]
>;

beforeEach(async () => {
  requests = [];
  answers = {
    'experiments/get-by-name': () => [
      404,
      { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'none' },
    ],
    'experiments/create': () => [200, { experiment_id: '7' }],
    'runs/create': () => [200, { run: { info: { run_id: 'abc' } } }],
  };
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
      requests.push({ path: request.url!, body, authorization: request.headers.authorization });
      const [status, answer] = answers[
        request.url!.split('?')[0]!.replace('/api/2.0/mlflow/', '')
      ]?.(body) ?? [200, {}];
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const run = (variables: TrackedRun['variables'] = {}): TrackedRun => ({
  name: 'out',
  directory: '/runs/out',
  workingDirectory: '/',
  recipe: 'seed: 1\n',
  settings: { 'optimizer.lr': 1e-4, 'dataset.file (x)': 'a'.repeat(600) },
  environment: { node: 'v20' },
  variables,
  startedAt: new Date(1000),
  signal: new AbortController().signal,
});
const entry = (step: number, values: Record<string, number>) => ({
  step,
  epoch: 0,
  time: new Date(5000 + step),
  values,
});

test('an experiment is made, and a run in it gets parameters, metrics and its end', async () => {
  const tracker = await plugin.open(
    {
      tracking_uri: `${address}/`,
      experiment_name: 'tries',
      artifact_location: 's3://x',
      tags: { team: 'blue', size: 1 },
    },
    run(),
  );
  await tracker.log([entry(0, { loss: 2.5, lr: 1e-4 }), entry(1, { val_loss: 1.5 })]);
  await tracker.close({ status: 'finished' });
  expect(tracker.location).toBe(`${address}/#/experiments/7/runs/abc`);
  expect(requests.map(({ path, body }) => [path.replace('/api/2.0/mlflow/', ''), body])).toEqual([
    ['experiments/get-by-name?experiment_name=tries', {}],
    ['experiments/create', { name: 'tries', artifact_location: 's3://x' }],
    [
      'runs/create',
      {
        experiment_id: '7',
        run_name: 'out',
        start_time: 1000,
        tags: [
          { key: 'mlflow.source.name', value: 'automodel' },
          { key: 'mlflow.source.type', value: 'JOB' },
          { key: 'node', value: 'v20' },
          { key: 'team', value: 'blue' },
          { key: 'size', value: '1' },
        ],
      },
    ],
    [
      'runs/log-batch',
      {
        run_id: 'abc',
        params: [
          { key: 'optimizer.lr', value: '0.0001' },
          { key: 'dataset.file__x_', value: 'a'.repeat(500) },
        ],
      },
    ],
    [
      'runs/log-batch',
      {
        run_id: 'abc',
        metrics: [
          { key: 'loss', value: 2.5, timestamp: 5000, step: 0 },
          { key: 'lr', value: 1e-4, timestamp: 5000, step: 0 },
          { key: 'val_loss', value: 1.5, timestamp: 5001, step: 1 },
        ],
      },
    ],
    ['runs/update', { run_id: 'abc', status: 'FINISHED', end_time: expect.any(Number) as number }],
  ]);
});

test(
  'an experiment that is there is used; a run that failed says why; one that was stopped was ' +
    'killed',
  async () => {
    answers['experiments/get-by-name'] = () => [
      200,
      { experiment: { experiment_id: '3', lifecycle_stage: 'active' } },
    ];
    const failed = await plugin.open({ tracking_uri: address, run_name: 'mine' }, run());
    await failed.close({ status: 'failed', message: 'not finite' });
    await (await plugin.open({ tracking_uri: address }, run())).close({ status: 'stopped' });
    expect(
      requests
        .filter(({ path }) => path.endsWith('runs/create'))
        .map(({ body }) => [body['experiment_id'], body['run_name']]),
    ).toEqual([
      ['3', 'mine'],
      ['3', 'out'],
    ]);
    expect(
      requests
        .filter(({ path }) => /set-tag|update/.test(path))
        .map(({ body }) => body['status'] ?? body['value']),
    ).toEqual(['not finite', 'FAILED', 'KILLED']);
  },
);

test('large batches are cut to what a server takes', async () => {
  const tracker = await plugin.open({ tracking_uri: address }, run());
  await tracker.log(Array.from({ length: 1500 }, (_, step) => entry(step, { loss: step })));
  expect(
    requests.flatMap(({ body }) =>
      body['metrics'] === undefined ? [] : [(body['metrics'] as unknown[]).length],
    ),
  ).toEqual([1000, 500]);
});

test('credentials come from the environment and are in no address or message', async () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
  const cases: [TrackedRun['variables'], string | undefined][] = [
    [{ MLFLOW_TRACKING_URI: address }, undefined],
    [{ MLFLOW_TRACKING_URI: address, MLFLOW_TRACKING_TOKEN: 'topsecret' }, 'Bearer topsecret'],
    [
      {
        MLFLOW_TRACKING_URI: address,
        MLFLOW_TRACKING_USERNAME: 'me',
        MLFLOW_TRACKING_PASSWORD: 'topsecret',
      },
      basic('me:topsecret'),
    ],
    [{ MLFLOW_TRACKING_URI: address.replace('//', '//me:topsecret@') }, basic('me:topsecret')],
  ];
  for (const [variables, expected] of cases) {
    const tracker = await plugin.open({}, run(variables));
    expect(requests.at(-1)!.authorization).toBe(expected);
    expect(tracker.location).not.toContain('topsecret');
    answers['runs/log-batch'] = () => [403, { error_code: 'PERMISSION_DENIED', message: 'no' }];
    await expect(tracker.log([entry(0, { loss: 1 })])).rejects.toMatchObject({
      code: 'bad-config',
      message: `${address} answers runs/log-batch with 403, PERMISSION_DENIED: no`,
    });
    delete answers['runs/log-batch'];
  }
});

test('temporary errors are told from permanent ones', async () => {
  answers['runs/create'] = () => [503, 'upstream'];
  await expect(plugin.open({ tracking_uri: address }, run())).rejects.toMatchObject({
    code: 'network',
    message: `${address} answers runs/create with 503`,
  });
  answers['runs/create'] = () => [200, '<html>a proxy</html>'];
  await expect(plugin.open({ tracking_uri: address }, run())).rejects.toMatchObject({
    code: 'bad-config',
  });
  answers['experiments/get-by-name'] = () => [
    200,
    { experiment: { experiment_id: '3', lifecycle_stage: 'deleted' } },
  ];
  await expect(plugin.open({ tracking_uri: address }, run())).rejects.toMatchObject({
    code: 'conflict',
  });
  await expect(plugin.open({ tracking_uri: 'http://127.0.0.1:1' }, run())).rejects.toMatchObject({
    code: 'network',
    message: expect.stringMatching(/127\.0\.0\.1:1 cannot be reached/) as string,
  });
});

test('requests end when the run no longer waits', async () => {
  const stop = new AbortController();
  answers['experiments/get-by-name'] = () => {
    stop.abort();
    return [200, {}];
  };
  await expect(
    plugin.open({ tracking_uri: address }, { ...run(), signal: stop.signal }),
  ).rejects.toMatchObject({ code: 'network' });
});

test.each([
  [{}, 'mlflow.tracking_uri is missing, and MLFLOW_TRACKING_URI is not set'],
  [{ tracking_uri: './mlruns' }, 'mlflow.tracking_uri "./mlruns" is not the http or https address'],
  [
    { tracking_uri: 'sqlite:///x.db' },
    'mlflow.tracking_uri sqlite: is not the http or https address',
  ],
])('%j is refused before the run begins', (options, message) => {
  expect(() => plugin.check!(options, {})).toThrow(message);
});
