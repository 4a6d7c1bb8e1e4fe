// Written by `npm run dataset-types` from packages/data/src/formats: what a recipe has to know
// of the types of data sets. RowFormat, there, says what each field means.

/** All of them: the default, then by name. */
export const DATASET_TYPES = [
  {
    type: 'jsonl',
    about: 'the columns of each row decide',
    columns: [
      'prompt',
      'completion',
      'messages',
      'conversations',
      'system',
      'tools',
      'instruction',
      'input',
      'output',
      'system',
      'history',
      'text',
    ],
    keys: [
      'column_mapping',
      'use_hf_chat_template',
      'mask_history',
      'mask_reasoning_content',
      'append_eos',
    ],
    appendsEos: true,
    nemo: [],
  },
  {
    type: 'alpaca',
    about: 'instruction, input, output',
    columns: ['instruction', 'input', 'output', 'system', 'history'],
    keys: [
      'column_mapping',
      'use_hf_chat_template',
      'mask_history',
      'mask_reasoning_content',
      'append_eos',
    ],
    appendsEos: true,
    nemo: [],
  },
  {
    type: 'chat',
    about: 'messages or ShareGPT conversations',
    columns: ['messages', 'conversations', 'system', 'tools'],
    keys: [
      'column_mapping',
      'use_hf_chat_template',
      'mask_history',
      'mask_reasoning_content',
      'append_eos',
    ],
    fixed: {
      use_hf_chat_template: { value: true, because: 'only a chat template can write messages' },
    },
    appendsEos: true,
    nemo: [{ module: 'llm.chat_dataset', name: 'ChatDataset' }],
  },
  {
    type: 'column_mapped',
    about: 'columns named by column_mapping',
    columns: ['context', 'question', 'answer'],
    mustMap: 'answer',
    keys: [
      'column_mapping',
      'use_hf_chat_template',
      'mask_history',
      'mask_reasoning_content',
      'append_eos',
    ],
    appendsEos: false,
    nemo: [
      {
        module: 'llm.column_mapped_text_instruction_dataset',
        name: 'ColumnMappedTextInstructionDataset',
      },
    ],
    streamed: {
      type: 'column_mapped_iterable',
      nemo: [
        {
          module: 'llm.column_mapped_text_instruction_iterable_dataset',
          name: 'ColumnMappedTextInstructionIterableDataset',
        },
      ],
    },
  },
  {
    type: 'hellaswag',
    about: 'rows of HellaSwag, as NeMo writes them',
    columns: [],
    keys: ['append_eos'],
    appendsEos: false,
    nemo: [{ module: 'llm.hellaswag', name: 'HellaSwag' }],
  },
  {
    type: 'squad',
    about: 'rows of SQuAD, as NeMo writes them',
    columns: ['context', 'question', 'answer'],
    keys: [
      'column_mapping',
      'use_hf_chat_template',
      'mask_history',
      'mask_reasoning_content',
      'append_eos',
    ],
    appendsEos: false,
    nemo: [{ module: 'llm.squad', name: 'make_squad_dataset' }],
  },
  {
    type: 'text',
    about: 'plain text',
    columns: ['text'],
    keys: ['column_mapping', 'append_eos'],
    appendsEos: true,
    nemo: [],
  },
  {
    type: 'xlam',
    about: 'rows of xLAM, as NeMo writes them',
    columns: [],
    keys: ['use_hf_chat_template', 'mask_history', 'mask_reasoning_content'],
    appendsEos: true,
    nemo: [{ module: 'llm.xlam', name: 'make_xlam_dataset' }],
  },
] as const;
