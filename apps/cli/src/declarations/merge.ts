// What `automodel merge` takes, as its help shows it.
import { declareCommand } from '../grammar/declare-command.js';
import { requiredText } from '../grammar/option.js';
import {
  backendOptions,
  forceOption,
  graphOption,
  modelOption,
} from '../grammar/shared-options.js';

export const OPTIONS = {
  ...backendOptions,
  ...graphOption,
  ...modelOption,
  adapter: requiredText('--adapter <dir>', 'PEFT adapter: folder or hub id'),
  output: requiredText('--output <folder>', 'where the merged model goes'),
  ...forceOption,
};

export const merge = declareCommand({
  name: 'merge',
  description: 'merge an adapter and its model into one complete folder',
  group: 'Taking it elsewhere',
  examples: ['merge --model ./my-model --adapter out --output merged'],
  options: OPTIONS,
});
