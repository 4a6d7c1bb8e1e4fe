import { expect, test } from 'vitest';
import { DownloadEvents } from '../src/events/download-events.js';
import type { RunEvent } from '../src/events/run-events.js';

const progress = (bytes: number) => ({
  repository: 'someone/tiny',
  file: 'model.safetensors',
  bytes,
  totalBytes: 10,
  files: 1,
});
const tick = (): Promise<void> => new Promise((done) => setImmediate(done));

test('downloads are reported while the run waits: the latest progress, and a note', async () => {
  const downloads = new DownloadEvents();
  async function* run(): AsyncGenerator<RunEvent, void, undefined> {
    downloads.progress(progress(1));
    downloads.progress(progress(2));
    await tick();
    await tick();
    downloads.progress(progress(10));
    downloads.note('from the cache');
    await tick();
    yield { type: 'notes', notes: [] };
    yield { type: 'report', path: 'report.html' };
  }
  const seen: RunEvent[] = [];
  for await (const event of downloads.among(run())) seen.push(event);
  expect(seen).toEqual([
    { type: 'download', ...progress(2) },
    { type: 'download', ...progress(10) },
    { type: 'hub-note', text: 'from the cache' },
    { type: 'notes', notes: [] },
    { type: 'report', path: 'report.html' },
  ]);
});

test('the run is closed when its listener leaves, and its error comes through', async () => {
  const downloads = new DownloadEvents();
  let closed = false;
  async function* run(): AsyncGenerator<RunEvent, void, undefined> {
    try {
      yield { type: 'notes', notes: [] };
      yield { type: 'report', path: 'report.html' };
    } finally {
      closed = true;
    }
  }
  for await (const event of downloads.among(run())) if (event.type === 'notes') break;
  expect(closed).toBe(true);
  async function* failing(): AsyncGenerator<RunEvent, void, undefined> {
    downloads.progress(progress(1));
    await tick();
    throw new Error('no weights');
  }
  await expect(
    (async () => {
      for await (const event of downloads.among(failing())) expect(event.type).toBe('download');
    })(),
  ).rejects.toThrow('no weights');
});
