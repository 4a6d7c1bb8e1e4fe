// What a tiktoken file does not say: the pattern that cuts texts into words, whether texts are
// composed, and the special tokens, by the type of the model. Patterns and tokens are those that
// the models' authors published with the file.
import {
  KIMI_PATTERN,
  O200K_PATTERN,
  ONE_TO_THREE_DIGITS,
  wordsPattern,
} from '../patterns/published-patterns.js';

export interface TiktokenKind {
  readonly pattern: string;
  readonly composes: boolean;
  /** Behind the file's own tokens, where tokenizer_config.json names none. */
  readonly specialTokens: readonly string[];
}

const numbered = (name: string, count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => `<|${name}${from + i}|>`);

const CHATML = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];

const LLAMA_3: TiktokenKind = {
  pattern: wordsPattern(ONE_TO_THREE_DIGITS),
  composes: false,
  specialTokens: [
    '<|begin_of_text|>',
    '<|end_of_text|>',
    '<|reserved_special_token_0|>',
    '<|reserved_special_token_1|>',
    '<|finetune_right_pad_id|>',
    '<|step_id|>',
    '<|start_header_id|>',
    '<|end_header_id|>',
    '<|eom_id|>',
    '<|eot_id|>',
    '<|python_tag|>',
    ...numbered('reserved_special_token_', 245, 2),
  ],
};
const QWEN = { pattern: wordsPattern('\\p{N}'), composes: true };
const GLM_4: TiktokenKind = {
  pattern: wordsPattern(ONE_TO_THREE_DIGITS),
  composes: false,
  specialTokens: [
    '<|endoftext|>',
    '[MASK]',
    '[gMASK]',
    '[sMASK]',
    '<sop>',
    '<eop>',
    '<|system|>',
    '<|user|>',
    '<|assistant|>',
    '<|observation|>',
    '<|begin_of_image|>',
    '<|end_of_image|>',
    '<|begin_of_video|>',
    '<|end_of_video|>',
  ],
};
const NAMELESS = { composes: false, specialTokens: [] };

/** By `model_type` of config.json. */
export const TIKTOKEN_KINDS: Readonly<Record<string, TiktokenKind>> = {
  llama: LLAMA_3,
  mllama: LLAMA_3,
  qwen: { ...QWEN, specialTokens: [...CHATML, ...numbered('extra_', 205)] },
  qwen2: { ...QWEN, specialTokens: CHATML },
  qwen2_moe: { ...QWEN, specialTokens: CHATML },
  qwen3: { ...QWEN, specialTokens: CHATML },
  qwen3_moe: { ...QWEN, specialTokens: CHATML },
  chatglm: GLM_4,
  glm: GLM_4,
  glm4: GLM_4,
  gpt_oss: { ...NAMELESS, pattern: O200K_PATTERN },
  kimi_k2: { ...NAMELESS, pattern: KIMI_PATTERN },
  kimi_linear: { ...NAMELESS, pattern: KIMI_PATTERN },
};
