// What a request carries from host to host: the hub's token goes to the hub alone, and what a
// caller gives to another host goes to that host alone.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hubSettings } from '../src/hub-settings.js';
import { HubClient } from '../src/network/hub-client.js';
import type { Seen } from './fake-answer.js';
import { FakeHub } from './fake-hub.js';

let [hub, third]: FakeHub[] = [];

beforeEach(async () => {
  [hub, third] = [await FakeHub.start(), await FakeHub.start()];
});
afterEach(async () => {
  await hub!.stop();
  await third!.stop();
});

const clientOf = async (environment: Readonly<Record<string, string>> = {}): Promise<HubClient> =>
  new HubClient(
    await hubSettings({
      HF_ENDPOINT: hub!.endpoint,
      HF_TOKEN: 'hf_own',
      HOME: '/',
      ...environment,
    }),
    { timing: { attempts: 1 } },
  );
const authorizations = (requests: readonly Seen[]): unknown[] =>
  requests.map(({ host, method, authorization }) => [host, method, authorization]);
const UPLOAD = { method: 'PUT', headers: { authorization: 'Bearer of-the-store' }, body: 'x' };

/** Every request to that host is sent on. */
const redirecting =
  (from: Seen['host'], location: string) =>
  ({ host }: Seen) =>
    host === from ? { status: 307, headers: { location } } : undefined;

test("a store's own authorization stays with the store when it redirects", async () => {
  hub!.fault = redirecting('cdn', `${third!.cdn}/upload/ab`);
  await (await clientOf()).fetch(`${hub!.cdn}/upload/ab`, UPLOAD);
  expect(authorizations(hub!.requests)).toEqual([['cdn', 'PUT', 'Bearer of-the-store']]);
  expect(authorizations(third!.requests)).toEqual([['cdn', 'PUT', undefined]]);
  expect(third!.uploaded.get('ab')?.toString()).toBe('x');
});

test('the hub gets its own token and no other, the host of its redirect none', async () => {
  hub!.fault = redirecting('hub', `${third!.cdn}/upload/ab`);
  await (await clientOf()).fetch(`${hub!.endpoint}/upload/ab`, UPLOAD);
  expect(authorizations(hub!.requests)).toEqual([['hub', 'PUT', 'Bearer hf_own']]);
  expect(authorizations(third!.requests)).toEqual([['cdn', 'PUT', undefined]]);
});

test('another port of the same machine is another host', async () => {
  hub!.fault = redirecting('hub', `${third!.endpoint}/api/models/a/b`);
  third!.fault = () => ({ status: 200 });
  await (await clientOf()).fetch(`${hub!.endpoint}/api/models/a/b`);
  expect(authorizations(third!.requests)).toEqual([['hub', 'GET', undefined]]);
});

test('a redirect back to the hub gets the token again', async () => {
  hub!.fault = ({ host }) =>
    host === 'cdn'
      ? { status: 302, headers: { location: `${hub!.endpoint}/api/models/a/b` } }
      : { status: 200 };
  await (await clientOf()).fetch(`${hub!.cdn}/blob/ab`);
  expect(authorizations(hub!.requests)).toEqual([
    ['cdn', 'GET', undefined],
    ['hub', 'GET', 'Bearer hf_own'],
  ]);
});

test('a token that the environment holds back is not sent, except for writing', async () => {
  hub!.fault = () => ({ status: 200 });
  const environment = { HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' };
  await (await clientOf(environment)).fetch(`${hub!.endpoint}/api/models/a/b`);
  const settings = await hubSettings({
    HF_ENDPOINT: hub!.endpoint,
    HF_TOKEN: 'hf_own',
    HOME: '/',
    ...environment,
  });
  await new HubClient(settings, { alwaysSendToken: true }).fetch(`${hub!.endpoint}/api/models/a/b`);
  expect(hub!.requests.map(({ authorization }) => authorization)).toEqual([
    undefined,
    'Bearer hf_own',
  ]);
});

test('redirects in circles end', async () => {
  hub!.fault = redirecting('hub', `${hub!.endpoint}/api/models/a/b`);
  await expect((await clientOf()).fetch(`${hub!.endpoint}/api/models/a/b`)).rejects.toMatchObject({
    kind: 'protocol',
  });
  expect(hub!.requests).toHaveLength(9);
});

test('a changing request is repeated only if the server says that it did nothing', async () => {
  const tries = async (status: number, method: string): Promise<number> => {
    const before = hub!.requests.length;
    hub!.fault = () => ({ status });
    const settings = await hubSettings({ HF_ENDPOINT: hub!.endpoint, HOME: '/' });
    const client = new HubClient(settings, { timing: { attempts: 3, firstPauseSeconds: 0.001 } });
    await client
      .fetch(`${hub!.endpoint}/api/models/a/b/commit/main`, { method, body: null })
      .catch(() => undefined);
    return hub!.requests.length - before;
  };
  expect(await tries(500, 'POST')).toBe(1);
  expect(await tries(503, 'POST')).toBe(3);
  expect(await tries(500, 'GET')).toBe(3);
  expect(await tries(404, 'GET')).toBe(1);
});
