// What `automodel schema` takes, as its help shows it.
import { declareCommand } from '../grammar/declare-command.js';
import { text } from '../grammar/option.js';
import { forceOption } from '../grammar/shared-options.js';

export const OPTIONS = {
  output: text('--output <file>', 'where it goes (default: stdout)'),
  ...forceOption,
};

export const schema = declareCommand({
  name: 'schema',
  description: 'print the JSON Schema of recipes, for editors',
  group: 'Looking closer',
  examples: ['schema --output recipe.schema.json'],
  note:
    'Editors with a YAML language server read it from the first line of a recipe:\n' +
    '  # yaml-language-server: $schema=recipe.schema.json',
  options: OPTIONS,
});
