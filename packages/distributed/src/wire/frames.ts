// Messages as bytes: the lengths of header and body as two 32-bit numbers, the header as JSON, the
// body as UTF-8. Who is not trusted yet gets a small limit, checked before anything is kept.
import type { Message } from './messages.js';

const PREFIX = 8;

/** Bytes of a frame from a process that has not shown yet that it knows the secret. */
export const STRANGERS_LIMIT = 4096;
/** Bytes of a frame from one that has; a string cannot be much longer. */
export const MEMBERS_LIMIT = 2 ** 30;

/** Called for every frame. */
export type OnFrame = (message: Message, body: string) => void;

export function encodeFrame(message: Message, body = ''): Buffer {
  const header = Buffer.from(JSON.stringify(message));
  const length = Buffer.byteLength(body);
  const frame = Buffer.allocUnsafe(PREFIX + header.length + length);
  frame.writeUInt32LE(header.length, 0);
  frame.writeUInt32LE(length, 4);
  header.copy(frame, PREFIX);
  frame.write(body, PREFIX + header.length);
  return frame;
}

/** Cuts what arrives into frames. */
export class FrameReader {
  limit = STRANGERS_LIMIT;
  readonly #onFrame: OnFrame;
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** Errors: a RangeError for a frame above the limit, a SyntaxError for what is no message. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    for (let frame = this.#next(); frame !== undefined; frame = this.#next())
      this.#onFrame(frame.message, frame.body);
  }

  #next(): { readonly message: Message; readonly body: string } | undefined {
    if (this.#length < PREFIX) return undefined;
    if (this.#chunks[0]!.length < PREFIX) this.#join();
    const header = this.#chunks[0]!.readUInt32LE(0);
    const total = PREFIX + header + this.#chunks[0]!.readUInt32LE(4);
    if (total > this.limit) throw new RangeError(`a frame of ${total} bytes`);
    if (this.#length < total) return undefined;
    const bytes = this.#join();
    this.#chunks = [bytes.subarray(total)];
    this.#length -= total;
    const end = PREFIX + header;
    return {
      message: asMessage(JSON.parse(bytes.toString('utf8', PREFIX, end))),
      body: bytes.toString('utf8', end, total),
    };
  }

  #join(): Buffer {
    const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    return bytes;
  }
}

function asMessage(value: unknown): Message {
  if (typeof value === 'object' && value !== null && 'type' in value) return value as Message;
  throw new SyntaxError('no message');
}
