// What `automodel verify` takes, as its help shows it.
import { declareCommand } from '../grammar/declare-command.js';
import { choiceOr, optionalArgument, text } from '../grammar/option.js';
import {
  forceOption,
  fusionOption,
  openingOptions,
  PRECISIONS,
  sharingOptions,
} from '../grammar/shared-options.js';

export const OPTIONS = {
  ...sharingOptions,
  ...openingOptions,
  ...fusionOption,
  reference: text('--reference <file>', 'safetensors file of expected tensors'),
  ops: text('--ops <dir>', 'instead of a model: single operations, ops.json and ops.safetensors'),
  dump: text('--dump <file>', 'write the inputs and the computed values under the same names'),
  ...forceOption,
  precision: choiceOr(
    '--precision <precision>',
    'at bf16 only losses are compared',
    PRECISIONS,
    'f32',
  ),
};

export const verify = declareCommand({
  name: 'verify',
  description: 'compare a model with tensors that another implementation computed',
  group: 'Looking closer',
  examples: ['verify ./my-model --reference expected.safetensors', 'verify --ops goldens/ops'],
  argument: optionalArgument('[folder]', 'model folder'),
  options: OPTIONS,
});
