// Messages come out of the bytes as they went in, however those are cut, and a stranger's large or
// senseless frame is refused before it is kept.
import { expect, test } from 'vitest';
import { encodeFrame, FrameReader, MEMBERS_LIMIT, STRANGERS_LIMIT } from '../../src/wire/frames.js';

function read(chunks: readonly Buffer[], limit = MEMBERS_LIMIT): unknown[] {
  const found: unknown[] = [];
  const reader = new FrameReader((message, body) => found.push([message, body]));
  reader.limit = limit;
  for (const chunk of chunks) reader.push(chunk);
  return found;
}

const call = { type: 'call', channel: 'a', sequence: 3, what: 'exchange' } as const;

test.each([1, 3, 7, 1000])('in pieces of %i bytes', (size) => {
  const bytes = Buffer.concat([
    encodeFrame({ type: 'beat' }),
    encodeFrame(call, 'größer\u0000🙂'),
    encodeFrame({ type: 'goodbye' }),
  ]);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  expect(read(pieces)).toEqual([
    [{ type: 'beat' }, ''],
    [call, 'größer\u0000🙂'],
    [{ type: 'goodbye' }, ''],
  ]);
});

test('a frame above the limit is refused by its first eight bytes', () => {
  const large = encodeFrame(call, 'x'.repeat(STRANGERS_LIMIT));
  expect(() => read([large.subarray(0, 8)], STRANGERS_LIMIT)).toThrow(RangeError);
  expect(read([large])).toHaveLength(1);
});

test.each([
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  '\u0002\u0000\u0000\u0000\u0000\u0000\u0000\u0000[]',
])('what is no message is refused: %j', (text) => {
  expect(() => read([Buffer.from(text)], STRANGERS_LIMIT)).toThrow();
});
