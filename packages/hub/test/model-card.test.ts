// The card by itself: written from little, without a run.
import { expect, test } from 'vitest';
import { CARD_MARK, modelCard } from '../src/index.js';

test('a card is written from little as well', () => {
  expect(
    modelCard({
      repository: 'me/small',
      kind: 'model',
      datasets: ['a/b'],
      dataFiles: [],
      validations: [],
    }),
  ).toBe(`---
library_name: transformers
pipeline_tag: text-generation
datasets:
  - a/b
tags:
  - automodel
---

${CARD_MARK}

# small

A fine-tuned language model, on [a/b](https://huggingface.co/datasets/a/b).

## Use

\`\`\`python
from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained("me/small")
tokenizer = AutoTokenizer.from_pretrained("me/small")
\`\`\`

\`\`\`sh
vllm serve me/small
\`\`\`

\`\`\`sh
npx automodel generate --model me/small --prompt 'Hello'
\`\`\`
`);
});
