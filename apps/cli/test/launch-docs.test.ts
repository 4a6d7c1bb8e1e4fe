import { mkdtemp, readFile, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cliIn } from './support/cli-in.js';
import { repository } from './support/tiny-folder.js';

const file = join(repository, 'docs/clusters.md');

/** What a document shows behind a command, by the fence's word. */
const shown = (fence: string): RegExp => new RegExp(`\`\`\`${fence}\n[^]*?\`\`\`\n`);

test('docs/clusters.md shows what its commands print', async () => {
  const written = await readFile(file, 'utf8');
  const root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-clusters-')));
  const [, recipe = ''] = /<<'END'\n([^]*?)END\n/.exec(written) ?? [];
  await writeFile(join(root, 'recipe.yaml'), recipe);
  const commands = [...written.matchAll(/^npx automodel (launch (?:.*\\\n)*.*)$/gm)].map(
    ([, words = '']) => words.split(/\s+/).filter((word) => word !== '\\'),
  );
  let expected = written;
  for (const [i, fence] of ['bash', 'yaml'].entries()) {
    const { code, out, err } = await cliIn(root, commands[i]!, { plugins: [] });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const text = out.replaceAll(root, '/shared').replace(/[0-9a-f]{64}/, '0f5e...');
    expected = expected.replace(shown(fence), () => `\`\`\`${fence}\n${text}\`\`\`\n`);
  }
  await expect(expected).toMatchFileSnapshot(file);
});
