// What `automodel plugins` takes, as its help shows it.
import { declareCommand } from '../grammar/declare-command.js';

export const plugins = declareCommand({
  name: 'plugins',
  description: 'list installed plugins, what they provide, and what could be installed',
  group: 'Getting started',
  examples: ['plugins', 'plugins --json'],
  options: {},
});
