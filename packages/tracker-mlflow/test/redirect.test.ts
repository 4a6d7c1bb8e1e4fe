// A server that sends a tracker elsewhere is not followed: what it is told, and who asks, is for
// the address that the recipe names.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import plugin from '../src/index.js';

let servers: Server[];
let [address, elsewhere]: string[] = [];
let asked: string[];

const started = async (server: Server): Promise<string> => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

beforeEach(async () => {
  asked = [];
  const other = createServer((_request, response) => {
    asked.push('elsewhere');
    response.end('{}');
  });
  const named = createServer((request, response) => {
    asked.push('named');
    response.writeHead(307, { location: `${elsewhere!}${request.url!}` }).end();
  });
  servers = [named, other];
  [address, elsewhere] = [await started(named), await started(other)];
});
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
});

test('a redirect is an error, and the other server is told nothing', async () => {
  const opening = plugin.open(
    { tracking_uri: address },
    {
      name: 'out',
      directory: '/runs/out',
      workingDirectory: '/',
      recipe: '',
      settings: {},
      environment: {},
      variables: { MLFLOW_TRACKING_TOKEN: 'secret' },
      startedAt: new Date(0),
      signal: new AbortController().signal,
    },
  );
  await expect(opening).rejects.toMatchObject({
    code: 'network',
    message: expect.stringContaining(`${address!} cannot be reached`) as string,
  });
  expect(asked).toEqual(['named']);
});
