// The one table of names under which the parts of a recipe are known: our own (`type: adamw`) and
// the Python names that NeMo recipes put under `_target_`. It is closed: a recipe chooses among
// these and can never name code to run. Names that NeMo knows and that do not work here are listed
// too, so that they are refused with a reason.

import { DATASET_TYPES } from './dataset-types.js';

/** What a name is looked up as. */
export type TargetKind =
  | 'recipe'
  | 'model'
  | 'adapter'
  | 'model-config'
  | 'dataset'
  | 'tokenizer'
  | 'optimizer'
  | 'loss'
  | 'lr-scheduler'
  | 'dataloader'
  | 'collate'
  | 'rng'
  | 'distributed'
  | 'precision-policy'
  | 'model-backend';

/**
 * Names of one kind: ours, each with the Python names for it, and names refused with the reason.
 */
export interface TargetNames {
  readonly known: Readonly<Record<string, readonly string[]>>;
  readonly refused: Readonly<Record<string, string>>;
}

const nemo = 'nemo_automodel.components';
const dotted = (names: readonly { readonly module: string; readonly name: string }[]): string[] =>
  names.map(({ module, name }) => `${nemo}.datasets.${module}.${name}`);
const autoModel = (name: string, method: string): string[] => [
  `nemo_automodel.NeMo${name}.${method}`,
  `nemo_automodel._transformers.auto_model.NeMo${name}.${method}`,
];
const notCausal = 'only causal language models are trained here';
const later =
  'this dataset format is not built in; convert it to JSONL with messages, prompt/completion or ' +
  'text';
const refusedModels = Object.fromEntries(
  [
    'ImageTextToText',
    'MultimodalLM',
    'Seq2SeqLM',
    'SequenceClassification',
    'TokenClassification',
    'TextToWaveform',
  ].flatMap((name) =>
    ['from_pretrained', 'from_config'].map((method) => [
      `nemo_automodel.NeMoAutoModelFor${name}.${method}`,
      notCausal,
    ]),
  ),
);

/** All names, by kind. */
export const TARGETS: Readonly<Record<TargetKind, TargetNames>> = {
  recipe: {
    known: {
      TrainFinetuneRecipeForNextTokenPrediction: [
        'nemo_automodel.recipes.llm.train_ft.TrainFinetuneRecipeForNextTokenPrediction',
      ],
    },
    refused: {
      'nemo_automodel.recipes.vlm.finetune.FinetuneRecipeForVLM':
        'vision-language models are not trained here yet',
      'nemo_automodel.recipes.llm.kd.KnowledgeDistillationRecipeForNextTokenPrediction':
        'knowledge distillation is not available',
      'nemo_automodel.recipes.llm.train_seq_cls.TrainFinetuneRecipeForSequenceClassification':
        notCausal,
      'nemo_automodel.recipes.llm.benchmark.BenchmarkingRecipeForNextTokenPrediction':
        'use `automodel bench`',
    },
  },
  model: {
    known: {
      causal_lm: [
        ...autoModel('AutoModelForCausalLM', 'from_pretrained'),
        'automodel.AutoModelForCausalLM.from_pretrained',
        'transformers.AutoModelForCausalLM.from_pretrained',
      ],
      causal_lm_from_config: [
        ...autoModel('AutoModelForCausalLM', 'from_config'),
        'automodel.AutoModelForCausalLM.from_config',
        'transformers.AutoModelForCausalLM.from_config',
      ],
    },
    refused: {
      ...refusedModels,
      [`${nemo}.models.gpt2.build_gpt2_model`]: 'write a config.json and use causal_lm_from_config',
    },
  },
  adapter: { known: { lora: [`${nemo}._peft.lora.PeftConfig`] }, refused: {} },
  'model-config': {
    known: { auto_config: ['transformers.AutoConfig.from_pretrained'] },
    refused: {},
  },
  dataset: {
    known: {
      ...Object.fromEntries(DATASET_TYPES.map(({ type, nemo: names }) => [type, dotted(names)])),
      ...Object.fromEntries(
        DATASET_TYPES.flatMap((one) =>
          'streamed' in one ? [[one.streamed.type, dotted(one.streamed.nemo)]] : [],
        ),
      ),
      mixed: [],
    },
    refused: {
      [`${nemo}.datasets.llm.mock_iterable_dataset.MockIterableDataset`]:
        'use `automodel bench` for made-up tokens',
      [`${nemo}.datasets.llm.megatron_dataset.MegatronPretraining`]: later,
      [`${nemo}.datasets.llm.nanogpt_dataset.NanogptDataset`]: later,
      [`${nemo}.datasets.vlm.datasets.make_medpix_dataset`]: 'image datasets are not available',
      [`${nemo}.datasets.vlm.datasets.make_cord_v2_dataset`]: 'image datasets are not available',
      [`${nemo}.datasets.vlm.datasets.make_rdr_dataset`]: 'image datasets are not available',
    },
  },
  tokenizer: {
    known: {
      auto_tokenizer: [
        'transformers.AutoTokenizer.from_pretrained',
        'nemo_automodel.NeMoAutoTokenizer.from_pretrained',
        'nemo_automodel._transformers.auto_tokenizer.NeMoAutoTokenizer.from_pretrained',
      ],
    },
    refused: {},
  },
  optimizer: {
    known: {
      adamw: ['torch.optim.AdamW', 'torch.optim.adamw.AdamW'],
      adam: ['torch.optim.Adam', 'torch.optim.adam.Adam'],
      sgd: ['torch.optim.SGD', 'torch.optim.sgd.SGD'],
    },
    refused: {
      'dion.Muon': 'use adamw or sgd',
      'flashoptim.FlashAdamW': 'use adamw; its moments are 32-bit here',
      'transformer_engine.pytorch.optimizers.fused_adam.FusedAdam':
        'use adamw; it is fused here and keeps 32-bit master weights under bf16',
      'transformer_engine.pytorch.optimizers.FusedAdam':
        'use adamw; it is fused here and keeps 32-bit master weights under bf16',
    },
  },
  loss: {
    known: {
      masked_cross_entropy: [
        `${nemo}.loss.masked_ce.MaskedCrossEntropy`,
        `${nemo}.loss.linear_ce.FusedLinearCrossEntropy`,
        `${nemo}.loss.chunked_ce.ChunkedCrossEntropy`,
        `${nemo}.loss.te_parallel_ce.TEParallelCrossEntropy`,
      ],
    },
    refused: { [`${nemo}.loss.kd_loss.KDLoss`]: 'knowledge distillation is not available' },
  },
  'lr-scheduler': {
    known: { optimizer_param_scheduler: [`${nemo}.optim.scheduler.OptimizerParamScheduler`] },
    refused: {},
  },
  dataloader: {
    known: {
      dataloader: [
        'torchdata.stateful_dataloader.StatefulDataLoader',
        'torch.utils.data.DataLoader',
      ],
    },
    refused: {},
  },
  collate: {
    known: {
      default_collater: [
        `${nemo}.datasets.utils.default_collater`,
        `${nemo}.datasets.utils.packed_sequence_thd_collater`,
        'torch.utils.data.default_collate',
      ],
    },
    refused: {
      [`${nemo}.datasets.llm.prefix_tree.prefix_tree_collate`]: 'prefix trees are not available',
    },
  },
  rng: { known: { stateful_rng: [`${nemo}.training.rng.StatefulRNG`] }, refused: {} },
  distributed: {
    known: {
      distributed: [`${nemo}.distributed.fsdp2.FSDP2Manager`],
      ddp: [`${nemo}.distributed.ddp.DDPManager`],
    },
    refused: {
      [`${nemo}.distributed.megatron_fsdp.MegatronFSDPManager`]: 'use fsdp2',
    },
  },
  'precision-policy': {
    known: { mixed_precision: ['torch.distributed.fsdp.MixedPrecisionPolicy'] },
    refused: {},
  },
  'model-backend': {
    known: {
      backend_config: [
        `${nemo}.models.common.BackendConfig`,
        `${nemo}.models.common.utils.BackendConfig`,
      ],
    },
    refused: {},
  },
};
