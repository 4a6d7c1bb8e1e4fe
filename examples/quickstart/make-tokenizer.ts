/**
 * Trains the tokenizer on the first documents of the pretraining corpus and writes the folder
 * `tokenizer/`.
 * Run: npx tsx examples/quickstart/make-tokenizer.ts. The fine-tuning data is not looked at.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { tokenizerJson, trainMerges } from './generate/byte-pair-encoding.js';
import { corpusDocument } from './generate/corpus.js';
import { Random } from './generate/random.js';

const vocabularySize = 1024;
const specialTokens = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
const chatTemplate =
  "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' " +
  "}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

const random = new Random(1);
const texts = Array.from({ length: 20_000 }, () =>
  corpusDocument(random).replace(/<\|im_(start|end)\|>/g, '\n'),
);
const merges = trainMerges(texts, vocabularySize, specialTokens);

const folder = new URL('./tokenizer/', import.meta.url);
mkdirSync(folder, { recursive: true });
const write = (file: string, text: string): void => writeFileSync(new URL(file, folder), text);
write('tokenizer.json', `${JSON.stringify(tokenizerJson(merges, specialTokens))}\n`);
write('chat_template.jinja', chatTemplate);
const config = {
  tokenizer_class: 'PreTrainedTokenizerFast',
  eos_token: '<|im_end|>',
  pad_token: '<|endoftext|>',
  model_max_length: 512,
  clean_up_tokenization_spaces: false,
};
write('tokenizer_config.json', `${JSON.stringify(config, null, 2)}\n`);
process.stderr.write(`tokenizer/: ${specialTokens.length + 256 + merges.length} tokens\n`);
