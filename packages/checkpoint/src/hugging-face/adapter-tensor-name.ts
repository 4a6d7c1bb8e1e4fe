// The name that PEFT gives a tensor when it saves an adapter. The state of a wrapped model has
// other ones, which PEFT loads too: the adapter's own name stands behind the part it belongs to,
// and a magnitude or the delta of tokens may be written as a module or as its parameter.

/** Parts that may be followed by the name of the adapter; a dot ends the part. */
const PARTS: readonly (readonly [pattern: RegExp, saved: string])[] = [
  [/\.(lora_[AB])\.[^.]+\.(weight|bias)$/, '.$1.$2'],
  [/\.(lora_embedding_[AB]|lora_magnitude_vector)(\.[^.]+)?(\.weight)?$/, '.$1'],
  [/\.token_adapter\.(trainable_tokens_delta)(\.[^.]+)?$/, '.token_adapter.$1'],
  [/\.modules_to_save\.[^.]+\./, '.'],
];

/** `name` as PEFT would have saved it. */
export const savedAdapterName = (name: string): string =>
  PARTS.reduce((result, [pattern, saved]) => result.replace(pattern, saved), name);
