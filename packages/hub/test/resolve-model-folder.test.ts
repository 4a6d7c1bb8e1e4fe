import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { resolveModelFolder } from '../src/index.js';

const COMMIT = 'a'.repeat(40);
const FILES: Record<string, string> = {
  'config.json': '{"model_type":"llama"}', 'model.safetensors': 'weights', 'tokenizer.json': '{}', 'chat_template.jinja': '{{ messages }}', 'pytorch_model.bin': 'pickle', 'picture.png': 'png',
  'onnx/model.onnx': 'onnx', 'onnx/config.json': '{}', 'consolidated.safetensors': 'again', 'README.md': 'card',
};
const oid = (path: string): string => Buffer.from(path).toString('hex');

let server: Server;
let endpoint: string;
let home: string;
let requests: { readonly url: string; readonly authorization: string | undefined }[];

beforeEach(async () => {
  vi.spyOn(console, 'debug').mockImplementation(() => undefined);
  requests = [];
  home = await realpath(await mkdtemp(join(tmpdir(), 'automodel-hub-')));
  server = createServer((request, response) => {
    const url = decodeURIComponent(request.url ?? '');
    requests.push({ url, authorization: request.headers.authorization });
    const json = (value: unknown, status = 200): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (!url.includes('someone/tiny')) return json({ error: 'Repository not found' }, 404);
    const resolved = /\/resolve\/[^/]+\/(.+)$/.exec(url)?.[1];
    if (resolved !== undefined) {
      const content = FILES[resolved]!;
      const range = request.headers.range === 'bytes=0-0';
      const headers = { etag: `"${oid(resolved)}"`, 'content-type': 'text/plain', ...(range ? { 'content-range': `bytes 0-0/${content.length}` } : {}) };
      return void response.writeHead(range ? 206 : 200, headers).end(range ? content[0] : content);
    }
    if (url.includes('/tree/')) return json(Object.entries(FILES).map(([path, text]) => ({ type: 'file', path, size: text.length, oid: oid(path) })));
    if (url.includes('/paths-info/')) {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => json((JSON.parse(body) as { paths: string[] }).paths.map((path) => ({ type: 'file', path, size: FILES[path]!.length, oid: oid(path) }))));
      return;
    }
    json({ _id: '1', id: 'someone/tiny', sha: COMMIT, private: false, gated: false, downloads: 0, likes: 0, lastModified: '2025-01-01T00:00:00.000Z' });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await new Promise((closed) => server.close(closed));
  await rm(home, { recursive: true, force: true });
});

test('a hub id becomes a folder in the standard cache, with the files that are needed and no others', async () => {
  const folder = await resolveModelFolder('someone/tiny', { environment: { HF_ENDPOINT: `${endpoint}/`, HF_HOME: home, HF_TOKEN: 'hf_secret' } });
  expect(folder).toBe(join(home, 'hub/models--someone--tiny/snapshots', COMMIT));
  expect((await readdir(folder)).sort()).toEqual(['chat_template.jinja', 'config.json', 'model.safetensors', 'tokenizer.json']);
  expect(await readFile(join(folder, 'model.safetensors'), 'utf8')).toBe('weights');
  expect(await readFile(join(home, 'hub/models--someone--tiny/refs/main'), 'utf8')).toBe(COMMIT);
  expect(requests.length).toBeGreaterThan(0);
  expect(requests.every((request) => request.authorization === 'Bearer hf_secret')).toBe(true);
});

test('files that are in the cache are not fetched again', async () => {
  const environment = { HF_ENDPOINT: endpoint, HF_HUB_CACHE: home };
  await resolveModelFolder('someone/tiny', { environment });
  const before = requests.length;
  await resolveModelFolder('someone/tiny', { environment });
  expect(requests.slice(before).filter(({ url }) => url.includes('/resolve/'))).toEqual([]);
});

test('a folder is used as it is', async () => {
  expect(await resolveModelFolder(home, { environment: {} })).toBe(home);
  expect(requests).toEqual([]);
});

test('what is neither a folder nor on the hub is refused with what to do', async () => {
  const environment = { HF_ENDPOINT: endpoint, HF_HOME: home };
  await expect(resolveModelFolder('./nowhere/model', { environment })).rejects.toMatchObject({ code: 'missing-file', hint: expect.stringContaining('hub id') as string });
  await expect(resolveModelFolder('someone/else', { environment })).rejects.toMatchObject({ code: 'network', message: expect.stringContaining('someone/else') as string });
  await writeFile(join(home, 'file'), '');
  await expect(resolveModelFolder(join(home, 'file'), { environment })).rejects.toMatchObject({ code: 'bad-argument' });
});
