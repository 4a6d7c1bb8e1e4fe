// Sections that NeMo recipes may hold and that do nothing here yet: refused by name, so that nobody
// believes that they had an effect. A section that is switched off is accepted.

/** Why each section is refused, and how it can be switched off. */
export const UNSUPPORTED_SECTIONS: Readonly<
  Record<string, { readonly because: string; readonly off?: string }>
> = {
  fp8: { because: 'FP8 is not available; use precision bf16', off: 'enabled' },
  qat: { because: 'quantisation-aware training is not available', off: 'enabled' },
  neftune: { because: 'embedding noise is not available' },
  teacher_model: { because: 'knowledge distillation is not available' },
  teacher_distributed: { because: 'knowledge distillation is not available' },
  kd_ratio: { because: 'knowledge distillation is not available' },
  kd_loss_fn: { because: 'knowledge distillation is not available' },
  freeze_config: { because: 'freezing parts of a model is not available' },
  processor: { because: 'image and audio processors are not available' },
  comet: { because: 'there is no tracker for it; use tensorboard, mlflow or wandb', off: 'enable' },
  skypilot: {
    because: 'launching on a cloud is not available; remove the section and run on this machine',
  },
  nemo_run: {
    because:
      'launching through NeMo-Run is not available; remove the section and run on this machine',
  },
  slurm: {
    because: 'remove the section and give its settings to `automodel launch slurm`',
  },
  benchmark: { because: 'use `automodel bench`' },
  autopipeline: { because: 'pipeline parallelism is not available' },
  parallelizer: { because: 'parallel training is not available' },
  distributed_config: { because: 'parallel training is not available' },
  mtp: { because: 'multi-token prediction is not available' },
  embedding_row_repair: { because: 'embedding repair is not available' },
  tool_call_eval: { because: 'use evaluation with metrics: [exact_match]' },
};
