// The live page of a run: who may see it, what it serves, and that news arrive. Requests are made
// by node:http, because fetch does not let a Host header be chosen.
import { get, request, type IncomingHttpHeaders } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LivePage, type ReportData } from '@automodel/run';
import { reportSample } from './report-sample.js';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

let data: ReportData;
let page: LivePage;
beforeEach(async () => {
  data = reportSample();
  page = await LivePage.open(async () => data, { pauseMs: 1 });
});
afterEach(() => page.close());

const port = (): string => new URL(page.url).port;
const token = (): string => new URL(page.url).search;

function ask(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(`http://127.0.0.1:${port()}${path}`, { headers, method }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => (text += piece));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

interface Message {
  readonly event: string;
  readonly data: string;
}

/** The events of the page, one after the other. */
async function* eventsOf(path = `/events${token()}`): AsyncGenerator<Message, void, undefined> {
  const response = await new Promise<AsyncIterable<Buffer>>((resolve) =>
    get(`http://127.0.0.1:${port()}${path}`, resolve),
  );
  let text = '';
  for await (const piece of response) {
    text += piece.toString();
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, event, line] = /^event: (.*)\ndata: (.*)$/s.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (event !== undefined && line !== undefined) yield { event, data: line };
    }
  }
}

describe('who may see it', () => {
  test('the printed link opens the page, with a strict policy', async () => {
    const { status, headers, text } = await ask(`/${token()}`);
    expect(status).toBe(200);
    expect(text).toContain('<body data-live>');
    const policy = String(headers['content-security-policy']);
    for (const rule of ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'"])
      expect(policy).toContain(rule);
    expect(policy).not.toContain('unsafe');
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(headers['set-cookie']).toBeUndefined();
  });

  test.each(['/', '/?token=', '/?token=wrong', '/events', '/favicon.ico', '/report.html'])(
    '%s without the token is refused',
    async (path) => {
      const { status, text } = await ask(path);
      expect(status).toBe(403);
      expect(text).not.toContain(data.name);
    },
  );

  test('a token that is cut or longer is refused', async () => {
    expect((await ask(`/${token().slice(0, -1)}`)).status).toBe(403);
    expect((await ask(`/${token()}A`)).status).toBe(403);
  });

  test('only loopback names with the port are answered', async () => {
    const status = async (host: string): Promise<number> =>
      (await ask(`/${token()}`, { host })).status;
    expect(await status(`localhost:${port()}`)).toBe(200);
    for (const host of [
      'evil.example',
      `evil.example:${port()}`,
      `localhost.evil.example:${port()}`,
      'localhost',
      `127.0.0.1:${Number(port()) + 1}`,
    ])
      expect(await status(host)).toBe(403);
  });

  test('nothing but the view is served, and nothing can be written', async () => {
    for (const path of ['/report.html', '/../../etc/passwd', '/%2e%2e/metrics.jsonl', '//x/'])
      expect((await ask(`${path}${token()}`)).status).toBe(404);
    expect((await ask(`/${token()}`, {}, 'POST')).status).toBe(405);
    expect(await ask(`/${token()}`, {}, 'HEAD')).toMatchObject({ status: 200, text: '' });
  });
});

describe('news', () => {
  test('the view is sent at once, and again when the run has changed', async () => {
    const events = eventsOf();
    const first = (await events.next()).value as Message;
    expect(first.event).toBe('view');
    expect(JSON.parse(first.data)).toMatchObject({
      charts: [{ id: 'loss', x: [1] }, {}, {}, {}, {}],
    });
    const [step] = data.steps;
    data = { ...data, steps: [...data.steps, { ...step!, step: 1, loss: 0.125 }] };
    const second = (await events.next()).value as Message;
    expect(JSON.parse(second.data)).toMatchObject({
      charts: [{ x: [1, 2], series: [{ values: [2, 0.125] }] }, {}, {}, {}, {}],
    });
    await events.return();
  });

  test('the end of the run is sent with its last view, and the port is free again', async () => {
    const events = eventsOf();
    await events.next();
    data = { ...data, status: 'failed', message: 'no space left' };
    await page.close('over');
    const rest: Message[] = [];
    for await (const message of events) rest.push(message);
    expect(rest.at(-1)).toEqual({ event: 'end', data: 'over' });
    expect(rest.at(-2)!.data).toContain('no space left');
    await expect(ask(`/${token()}`)).rejects.toThrow('ECONNREFUSED');
  });

  test('a view that cannot be made does not end the page', async () => {
    const events = eventsOf();
    await events.next();
    const good = data;
    data = {
      ...good,
      get steps(): never {
        throw new Error('broken');
      },
    };
    expect((await ask(`/${token()}`)).status).toBe(500);
    data = { ...good, name: 'mended' };
    expect(((await events.next()).value as Message).data).toContain('mended');
    await events.return();
  });

  test('more followers than allowed are turned away', async () => {
    const followers = Array.from({ length: 16 }, () => eventsOf());
    for (const follower of followers) await follower.next();
    expect((await ask(`/events${token()}`)).status).toBe(503);
    for (const follower of followers) await follower.return();
  });
});

test('a port that is taken is one line', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port: taken } = other.address() as AddressInfo;
  await expect(LivePage.open(async () => data, { port: taken })).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining(`port ${taken} is taken`) as string,
  });
  other.close();
});
