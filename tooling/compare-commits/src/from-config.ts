// A model with random weights, from a configuration among the inputs of this tool.
import { join } from 'node:path';

/** The recipe and overrides that make the model `name` with the tokenizer of folder `tokenizer`. */
export const fromConfig = (inputs: string, name: string, tokenizer: string): string[] => [
  join(inputs, 'from-config.yaml'),
  '--model.config.pretrained_model_name_or_path',
  join(inputs, name, 'config.json'),
  '--tokenizer.pretrained_model_name_or_path',
  tokenizer,
];
