// What a process writes, line by line, with its name in front.
import type { Readable } from 'node:stream';

export function prefixLines(stream: Readable, prefix: string, write: (text: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) write(`${prefix}${line}\n`);
  });
  stream.on('end', () => {
    if (rest !== '') write(`${prefix}${rest}\n`);
  });
}
