// The bytes of a data file, decompressed, piece by piece, and how far into the file on disk they
// reach. A file that ends within its compressed data is refused.
import { createReadStream } from 'node:fs';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { AutomodelError } from '@automodel/core';
import { Decompress } from 'fzstd';
import type { DataFile } from './data-source.js';
import { Expansion } from './expansion.js';
import { MAX_EXPANSION, MAX_VALUE_BYTES } from './size-limits.js';

/** Pieces of a file in order. */
export interface ByteStream {
  /** Of the file, for errors. */
  readonly path: string;
  readonly chunks: AsyncIterable<Buffer>;
  /** Bytes on disk read so far, from the start of the stream. */
  readonly bytesRead: () => number;
}

const PIECE = 1 << 20;

/**
 * Bytes `start` to `end` (excluded) of the file on disk; a compressed file is read whole. Errors
 * while iterating: `bad-file` (damaged or cut off), `io`.
 */
export function openBytes(file: DataFile, start = 0, end = file.bytes): ByteStream {
  let bytesRead = 0;
  const fail = (cause: unknown): AutomodelError =>
    cause instanceof AutomodelError
      ? cause
      : new AutomodelError(
          'io',
          `the data file cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
          { location: file.path, cause },
        );
  async function* raw(): AsyncGenerator<Buffer> {
    if (end <= start) return;
    try {
      for await (const piece of createReadStream(file.path, {
        start,
        end: end - 1,
        highWaterMark: PIECE,
      })) {
        const chunk = piece as Buffer;
        bytesRead += chunk.length;
        yield chunk;
      }
    } catch (cause) {
      throw fail(cause);
    }
  }
  const chunks = decompressed(raw(), file, new Expansion(file, () => bytesRead));
  return { path: file.path, chunks, bytesRead: () => bytesRead };
}

/**
 * Reads a compressed file until it is known whether it begins as a bomb does, so that it is refused
 * before any row of it is read. Errors: those of iterating its bytes.
 */
export async function checkExpansion(file: DataFile): Promise<void> {
  const stream = openBytes(file);
  const chunks = stream.chunks[Symbol.asyncIterator]();
  try {
    while (stream.bytesRead() * MAX_EXPANSION <= MAX_VALUE_BYTES)
      if ((await chunks.next()).done === true) return;
  } finally {
    await chunks.return?.();
  }
}

function decompressed(
  raw: AsyncGenerator<Buffer>,
  file: DataFile,
  expansion: Expansion,
): AsyncIterable<Buffer> {
  switch (file.compression) {
    case 'none':
      return raw;
    case 'gzip':
      return inflated(raw, createGunzip({ chunkSize: PIECE }), file, expansion);
    case 'brotli':
      return inflated(raw, createBrotliDecompress({ chunkSize: PIECE }), file, expansion);
    case 'zstd':
      return zstandard(raw, file, expansion);
  }
}

async function* inflated(
  raw: AsyncGenerator<Buffer>,
  transform: ReturnType<typeof createGunzip> | ReturnType<typeof createBrotliDecompress>,
  file: DataFile,
  expansion: Expansion,
): AsyncGenerator<Buffer> {
  let failure: unknown;
  const feeding = (async (): Promise<void> => {
    try {
      for await (const chunk of raw) {
        if (transform.destroyed) return;
        if (!transform.write(chunk))
          await new Promise<void>((resolve) =>
            transform.once('drain', resolve).once('close', resolve),
          );
      }
      transform.end();
    } catch (cause) {
      failure = cause;
      transform.destroy(cause instanceof Error ? cause : new Error(String(cause)));
    }
  })();
  try {
    for await (const chunk of transform) {
      expansion.add((chunk as Buffer).length);
      yield chunk as Buffer;
    }
  } catch (cause) {
    throw failure instanceof AutomodelError ? failure : damaged(file, cause);
  } finally {
    transform.destroy();
    await feeding;
  }
}

async function* zstandard(
  raw: AsyncGenerator<Buffer>,
  file: DataFile,
  expansion: Expansion,
): AsyncGenerator<Buffer> {
  let pieces: Uint8Array[] = [];
  const stream = new Decompress((piece) => {
    expansion.add(piece.length);
    pieces.push(piece);
  });
  let held: Buffer | undefined;
  const push = (chunk: Buffer, final: boolean): Buffer[] => {
    try {
      stream.push(chunk, final);
    } catch (cause) {
      throw damaged(file, cause);
    }
    const ready = pieces.map((piece) =>
      Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength),
    );
    pieces = [];
    return ready;
  };
  for await (const chunk of raw) {
    if (held !== undefined) yield* push(held, false);
    held = chunk;
  }
  if (held !== undefined) yield* push(held, true);
}

function damaged(file: DataFile, cause: unknown): AutomodelError {
  if (cause instanceof AutomodelError) return cause;
  return new AutomodelError(
    'bad-file',
    `the ${file.compression} data is damaged or cut off: ` +
      `${cause instanceof Error ? cause.message : String(cause)}`,
    { location: file.path, hint: 'fetch or write the file again', cause },
  );
}
