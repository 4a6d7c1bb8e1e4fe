// Recipes: the YAML they are written in.
import { mkdirSync } from 'node:fs';
import { testBroken, type BrokenCase } from './support/broken-case.js';

/** Lines at the end of the recipe. */
const lines = (name: string, added: string, says: RegExp): BrokenCase => ({
  name,
  says,
  breaks: (at) => at.recipe(added),
});

/** A whole recipe. */
const whole = (name: string, text: string | Uint8Array, says: RegExp): BrokenCase => ({
  name,
  says,
  breaks: (at) => at.write('recipe.yaml', text),
});

/** Lists of nine, each of nine times the one before. */
function growingAliases(): string {
  const nine = (item: string): string => `[${Array(9).fill(item).join(',')}]`;
  const names = [...'abcdefgh'];
  const lists = names.map(
    (name, i) => `${name}: &${name} ${nine(i === 0 ? 'x' : `*${names[i - 1]!}`)}`,
  );
  return `${lists.join('\n')}\nmodel: *h\n`;
}

testBroken('YAML', [
  {
    name: 'is not there',
    breaks: (at) => at.remove('recipe.yaml'),
    says: /^recipe\.yaml: the recipe cannot be read \(check the path\)/,
  },
  {
    name: 'is a folder',
    breaks: (at) => {
      at.remove('recipe.yaml');
      mkdirSync(at.path('recipe.yaml'));
    },
    says: /^recipe\.yaml: this is a folder, not a recipe/,
  },
  whole('is empty', '', /^recipe\.yaml: the file is empty/),
  whole('is only a comment', '# nothing\n', /^recipe\.yaml: the file is empty/),
  whole('is binary', new Uint8Array([0, 1, 2, 255, 254, 0x0a, 0x80]), /^recipe\.yaml/),
  whole(
    'is a list',
    '- model\n- dataset\n',
    /^recipe\.yaml:1:1: a recipe is a mapping of sections/,
  ),
  whole('is a text', 'hello\n', /^recipe\.yaml:1:1: a recipe is a mapping of sections/),
  whole('is JSON that is cut off', '{"model": {"pretrained', /^recipe\.yaml:1:\d+: /),
  lines('is indented with tabs', 'seed:\n\tvalue: 1', /^recipe\.yaml:\d+:\d+: .*[Tt]ab/),
  lines('has a bracket that is not closed', 'seed: [1, 2', /^recipe\.yaml:\d+:\d+: /),
  lines('has a quote that is not closed', 'seed: "1', /^recipe\.yaml:\d+:\d+: /),
  lines('has a section twice', 'optimizer:\n  lr: 2.0e-5', /^recipe\.yaml:\d+:1: .*unique/),
  lines('has a key twice', 'seed: 1\nseed: 2', /^recipe\.yaml:\d+:1: .*unique/),
  lines('has an alias to nothing', 'seed: *other', /^recipe\.yaml: Unresolved alias .*other/),
  lines(
    'has an alias to what it is in',
    'seed: &a [*a]',
    /^recipe\.yaml: an alias stands within the value that it repeats/,
  ),
  lines('has a tag', 'seed: !!python/object:os.system 1', /^recipe\.yaml:\d+:\d+: .*tag/i),
  lines(
    'has a second document',
    '---\nseed: 1',
    /^recipe\.yaml:\d+:\d+: a recipe is one YAML document/,
  ),
  lines('has a number with two meanings', 'seed: 010', /^recipe\.yaml:\d+:\d+: 010 is octal/),
  whole('has aliases that grow without end', growingAliases(), /^recipe\.yaml/),
]);
