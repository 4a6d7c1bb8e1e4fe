// The open connections of a live page: each gets the newest message, and one that is slow gets
// fewer of them. Nothing waits for a reader, and nothing is kept for one but the newest message.
import type { ServerResponse } from 'node:http';

/** More connections than a reader's browsers open are turned away. */
export const MAX_STREAMS = 16;

/** A server-sent event; the data may have several lines. */
const eventText = (name: string, data: string): string =>
  `event: ${name}\n${data
    .split('\n')
    .map((line) => `data: ${line}\n`)
    .join('')}\n`;

export class EventStreams {
  readonly #open = new Map<ServerResponse, { behind: boolean }>();
  #newest: string | undefined;

  get size(): number {
    return this.#open.size;
  }

  /** The response becomes a stream of events, beginning with the newest one. */
  add(response: ServerResponse): void {
    const state = { behind: false };
    this.#open.set(response, state);
    response.on('close', () => this.#open.delete(response));
    response.on('drain', () => {
      if (!state.behind) return;
      state.behind = false;
      this.#write(response, this.#newest);
    });
    response.write('retry: 2000\n\n');
    this.#write(response, this.#newest);
  }

  send(name: string, data: string): void {
    this.#newest = eventText(name, data);
    for (const [response, state] of this.#open)
      if (response.writableNeedDrain) state.behind = true;
      else this.#write(response, this.#newest);
  }

  /** Sends the last event and closes all streams. */
  end(name: string, data: string): void {
    for (const response of this.#open.keys()) response.end(eventText(name, data));
    this.#open.clear();
  }

  #write(response: ServerResponse, text: string | undefined): void {
    if (text !== undefined && !response.writableEnded) response.write(text);
  }
}
