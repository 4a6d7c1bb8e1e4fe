// Processes meet at a real port, each with its own thread, here from one process: who may come, who
// may not, and what is said about those that do not come.
import { once } from 'node:events';
import { existsSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compareRanks, joinRanks, type JoinedGroup, type JoinOptions } from '../../src/index.js';
import { freePort } from '../support/test-process.js';

type Variables = Record<string, string>;

const joinAs = (
  rank: number,
  variables: Variables,
  options: Partial<JoinOptions> = {},
): Promise<JoinedGroup | undefined> =>
  joinRanks({
    environment: { RANK: String(rank), WORLD_SIZE: '2', MASTER_ADDR: '127.0.0.1', ...variables },
    timeoutMinutes: 0.5,
    ...options,
  });

/** What each of them got, in the order of ranks: a group, or the message of the error. */
const outcomes = async (
  joining: readonly Promise<JoinedGroup | undefined>[],
): Promise<readonly (JoinedGroup | string)[]> =>
  Promise.all(
    joining.map((one) => one.then((group) => group!).catch(({ message }: Error) => message)),
  );
async function leave(groups: readonly (JoinedGroup | string)[]): Promise<void> {
  const joined = groups.filter((group) => typeof group !== 'string');
  await Promise.all(joined.map((group) => group[Symbol.asyncDispose]()));
}
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'automodel-join-'));
const close = (server: Server): Promise<unknown> => once(server.close(), 'close');

/** Somebody who says `text` as soon as somebody listens, and stays. */
async function stranger(port: number, text: string): Promise<Socket> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.on('error', () => undefined);
    if (isOpen) {
      socket.resume().write(text, 'latin1');
      return socket;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test.concurrent('a group exchanges, sums, meets in channels, and compares', async () => {
  const MASTER_PORT = String(await freePort());
  const groups = await outcomes([0, 1].map((rank) => joinAs(rank, { MASTER_PORT })));
  const on = <T>(call: (host: JoinedGroup) => Promise<T>): Promise<readonly T[]> =>
    Promise.all(groups.map((host) => call(host as JoinedGroup)));
  expect(await on((host) => host.exchange(`of ${host.rank}\u0000ü`))).toEqual(
    [0, 1].map(() => ['of 0\u0000ü', 'of 1\u0000ü']),
  );
  expect(await on((host) => host.sum([0.1, host.rank, Infinity, -0, NaN]))).toEqual(
    [0, 1].map(() => [0.2, 1, Infinity, 0, NaN]),
  );
  // two calls of a channel, and one of another, on their way at once
  const together = await on((host) =>
    Promise.all([
      host.channel('saving').exchange('a'),
      host.channel('saving').exchange('b'),
      host.channel('other').channel('inner').exchange('c'),
      host.barrier(),
    ]),
  );
  expect(together).toEqual([0, 1].map(() => [['a', 'a'], ['b', 'b'], ['c', 'c'], undefined]));
  const comparing = on(({ rank, ...host }) =>
    compareRanks(
      { rank, ...host },
      { version: '1', recipe: `r${rank}`, ...(rank ? { a: 'b' } : {}) },
    ),
  );
  await expect(comparing).rejects.toThrow(
    'the processes differ: recipe: r0 on rank 0, r1 on rank 1; a: nothing on rank 0, b on rank 1',
  );
  expect((groups[0] as JoinedGroup).local).toEqual({ size: 2, rank: 0 });
  await leave(groups);
});

test.concurrent('one secret for all, another one is refused at both ends', async () => {
  const MASTER_PORT = String(await freePort());
  const folder = newFolder();
  writeFileSync(join(folder, 'secret'), 'the secret\n');
  const AUTOMODEL_RENDEZVOUS_SECRET_FILE = join(folder, 'secret');
  const [first, wrong] = await outcomes([
    joinAs(0, { MASTER_PORT, AUTOMODEL_RENDEZVOUS_SECRET_FILE }, { timeoutMinutes: 0.1 }),
    joinAs(1, { MASTER_PORT, AUTOMODEL_RENDEZVOUS_SECRET: 'another' }),
  ]);
  expect(wrong).toBe(`rank 0 at 127.0.0.1:${MASTER_PORT} has another secret`);
  expect(first).toBe('a process at 127.0.0.1 that calls itself rank 1 has another secret');
  const right = await outcomes([
    joinAs(0, { MASTER_PORT, AUTOMODEL_RENDEZVOUS_SECRET_FILE }),
    joinAs(1, { MASTER_PORT, AUTOMODEL_RENDEZVOUS_SECRET: 'the secret' }),
  ]);
  expect(right.map((group) => typeof group)).toEqual(['object', 'object']);
  await leave(right);
});

test.concurrent(
  'a file in a shared folder says secret and port, and goes when all are in',
  async () => {
    const folder = newFolder();
    const variables = {
      ...{ OMPI_COMM_WORLD_SIZE: '2', RANK: '', WORLD_SIZE: '', MASTER_ADDR: '' },
      ...{ OMPI_COMM_WORLD_LOCAL_SIZE: '2' },
    };
    const stale = { secret: 'old', address: { host: '127.0.0.1', port: await freePort() } };
    writeFileSync(join(folder, '.rendezvous'), JSON.stringify(stale));
    const place = (rank: number): Variables => ({
      ...variables,
      ...{ OMPI_COMM_WORLD_RANK: String(rank), OMPI_COMM_WORLD_LOCAL_RANK: String(rank) },
    });
    const later = joinAs(1, place(1), { folder });
    const first = joinAs(0, place(0), { folder });
    const file = join(folder, '.rendezvous');
    const modes = new Set<number>();
    const watch = setInterval(() => existsSync(file) && modes.add(statSync(file).mode & 0o777), 1);
    const groups = await outcomes([first, later]);
    clearInterval(watch);
    expect(groups.map((group) => typeof group)).toEqual(['object', 'object']);
    expect([...modes]).toContain(0o600);
    expect(existsSync(file)).toBe(false);
    await leave(groups);
  },
);

test.concurrent('garbage and slow clients cost nothing and block nobody', async () => {
  const MASTER_PORT = await freePort();
  const first = joinAs(0, { MASTER_PORT: String(MASTER_PORT) });
  const garbage = ['GET / HTTP/1.1\r\n\r\n', '\u0010', '', '\u00ff'.repeat(100_000)];
  const strangers = await Promise.all(garbage.map((text) => stranger(MASTER_PORT, text)));
  const groups = await outcomes([first, joinAs(1, { MASTER_PORT: String(MASTER_PORT) })]);
  expect(groups.map((group) => typeof group)).toEqual(['object', 'object']);
  await leave(groups);
  for (const socket of strangers) socket.destroy();
});

test.concurrent('one more that comes when all are there is refused, and ends nothing', async () => {
  const MASTER_PORT = String(await freePort());
  const groups = await outcomes([0, 1].map((rank) => joinAs(rank, { MASTER_PORT })));
  const [more] = await outcomes([joinAs(1, { MASTER_PORT })]);
  expect(more).toMatch(/^rank 1 is there twice: on .+, process \d+, and on/);
  const sums = groups.map((group) => (group as JoinedGroup).sum([1]));
  expect(await Promise.all(sums)).toEqual([[2], [2]]);
  await leave(groups);
});

test.concurrent(
  'a rank that does not come, or comes twice, is named by those that are there',
  async () => {
    const MASTER_PORT = String(await freePort());
    const three = { MASTER_PORT, WORLD_SIZE: '3' };
    const missing = await outcomes(
      [0, 2].map((rank) => joinAs(rank, three, { timeoutMinutes: 0.05 })),
    );
    const message = 'rank 1 of 3 did not come within 0.05 minutes';
    expect(missing).toEqual([message, message]);
    const twice = await outcomes([0, 1, 1].map((rank) => joinAs(rank, three)));
    for (const said of twice)
      expect(said).toMatch(/^rank 1 is there twice: on .+, process \d+, and on/);
  },
);

test.concurrent('a port that is in use, a host that is not there', async () => {
  const server = createServer((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as { port: number };
  const taken = { MASTER_PORT: String(port) };
  await expect(joinAs(0, taken)).rejects.toThrow(`port ${port} is in use`);
  await expect(joinAs(1, taken, { timeoutMinutes: 0.02 })).rejects.toThrow(
    `what listens at 127.0.0.1:${port} is not rank 0 of this run`,
  );
  await close(server);
  const nowhere = { MASTER_PORT: '29400', MASTER_ADDR: 'not-there.invalid' };
  const options = { timeoutMinutes: 0.01 };
  const secret = { AUTOMODEL_RENDEZVOUS_SECRET: 's' };
  await expect(joinAs(1, { ...nowhere, ...secret }, options)).rejects.toThrow(
    'rank 0 does not answer at not-there.invalid:29400 (the name of the host is not known)',
  );
  await expect(joinAs(1, nowhere, options)).rejects.toThrow(
    'processes that meet at not-there.invalid:29400 need a secret',
  );
});

test('what cannot be joined is said before anybody is asked', async () => {
  expect(await joinRanks({ environment: {} })).toBeUndefined();
  expect(await joinAs(0, { WORLD_SIZE: '1' })).toBeUndefined();
  const pmi = { environment: { PMI_RANK: '0', PMI_SIZE: '2' } };
  await expect(joinRanks(pmi)).rejects.toThrow('MPICH (PMI) does not say where rank 0 is');
  await expect(joinAs(0, {}, { initMethod: 'file:///tmp/a' })).rejects.toThrow(
    'dist_env.init_method: "file:///tmp/a" names no host and port',
  );
  const missing = { AUTOMODEL_RENDEZVOUS_SECRET_FILE: '/not/there' };
  await expect(joinAs(0, missing)).rejects.toThrow('/not/there cannot be read');
});
