// Files of chats to look at: rows of data files, or one row that is the whole of a file; and
// numbers that come out as they went in.
import { describe, expect, it } from 'vitest';
import { exactJsonText, readChats } from '../src/index.js';
import { folder, values, write } from './written-files.js';

const ROW =
  '{"messages": [{"role": "user", "content": "q", "extra": {"10": 1.0, "2": [9007199254740993]}}]}';
const WRITTEN = ROW.replaceAll(/([:,]) /g, '$1');
const LINE = WRITTEN.replaceAll('\n', '');

async function read(path: string, workingDirectory?: string): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const { name, value } of readChats(path, workingDirectory))
    texts.push(`${name.slice(name.lastIndexOf('/') + 1)} ${exactJsonText(value)}`);
  return texts;
}

describe('chats of a file', () => {
  it('are its rows, called by their places', async () => {
    expect(await read(write('chats.jsonl', `${ROW}\n\n${ROW}\n`))).toEqual([
      `chats.jsonl:1 ${LINE}`,
      `chats.jsonl:3 ${LINE}`,
    ]);
    write('chats.json', `[${ROW}]`);
    expect(await read('chats.json', folder)).toEqual([`chats.json:1 ${LINE}`]);
  });

  it('may be one row over several lines, which is no data set', async () => {
    const path = write('row.json', ROW.replace('{', '{\n').replace(', "content"', ',\n"content"'));
    expect(await read(path)).toEqual([`row.json:1 ${LINE}`]);
    await expect(values(path)).rejects.toThrow('expected a JSON array of rows');
  });
});

describe('JSON text', () => {
  it('has every kind of value, and leaves out members without one', () => {
    const value = { text: 'a"\n', list: [null, true, 0.5, 1e-7, 2n ** 70n, -3], none: undefined };
    expect(exactJsonText(value)).toBe(
      '{"text":"a\\"\\n","list":[null,true,0.5,1e-07,1180591620717411303424,-3]}',
    );
    expect(exactJsonText([undefined])).toBe('[null]');
  });
});
