// An event file: records of length, checksum, data, checksum (TFRecord), appended as they come.
// TensorBoard follows a file while it grows.
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { maskedCrc32c } from './crc32c.js';
import { versionEvent } from './events.js';

/** One record. */
function framed(data: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(data.length));
  head.writeUInt32LE(maskedCrc32c(head.subarray(0, 8)), 8);
  const foot = Buffer.alloc(4);
  foot.writeUInt32LE(maskedCrc32c(data));
  return Buffer.concat([head, data, foot]);
}

export class EventFile {
  readonly path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /**
   * Makes a new file in `directory`, named as TensorBoard looks for it. Errors: those of the file
   * system.
   */
  static async create(directory: string, time: Date): Promise<EventFile> {
    await mkdir(directory, { recursive: true });
    const [seconds, rest] = [Math.floor(time.getTime() / 1000), time.getTime() % 1000];
    const name = ['events.out.tfevents', seconds, hostname(), process.pid, rest].join('.');
    const path = join(directory, name);
    const result = new EventFile(path, await open(path, 'ax'));
    await result.append([versionEvent(time)]);
    return result;
  }

  /** Appends events in one write. */
  async append(events: readonly Uint8Array[]): Promise<void> {
    await this.#file.appendFile(Buffer.concat(events.map(framed)));
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
