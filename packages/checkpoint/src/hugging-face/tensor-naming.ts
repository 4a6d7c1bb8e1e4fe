// The names under which folders store the tensors of a decoder, and the ones the project knows them
// by: those of transformers' causal language models, `model.embed_tokens.weight` and
// `lm_head.weight`. Published folders leave `model.` out, or have the text part of an
// image-and-text model below another path. Reading and saving go through this one table.

const MODEL = 'model.';
const HEAD = 'lm_head.';
const EMBEDDING = 'embed_tokens.weight';

/** The project's names of the two tables of a decoder. */
export const [EMBEDDING_WEIGHT, HEAD_WEIGHT] = [MODEL + EMBEDDING, `${HEAD}weight`];

/** Where a folder keeps the decoder and the head; the head may lie elsewhere in a few folders. */
interface Places {
  readonly model: string;
  readonly head: string;
}

/** The first of these paths that holds an embedding is the decoder's. */
const PLACES: readonly Places[] = [
  { model: MODEL, head: HEAD },
  { model: 'language_model.model.', head: 'language_model.lm_head.' },
  { model: 'model.language_model.model.', head: 'model.language_model.lm_head.' },
  { model: 'model.language_model.', head: HEAD },
  { model: 'model.text_model.', head: HEAD },
  { model: 'language_model.', head: HEAD },
  { model: '', head: HEAD },
];

/** Names in both directions; a name that is not the decoder's stays as it is. */
export interface TensorNaming {
  /** The project's name of a stored tensor. */
  readonly known: (stored: string) => string;
  /** The name under which a tensor is stored. */
  readonly stored: (known: string) => string;
}

/** The project's name of a tensor or module of a decoder, wherever it lies. */
export function decoderName(name: string): string {
  for (const { model, head } of PLACES) {
    if (name.startsWith(`${head.slice(0, -1)}`) && /^(\.|$)/.test(name.slice(head.length - 1)))
      return HEAD.slice(0, -1) + name.slice(head.length - 1);
    const inner = name.slice(model.length);
    if (name.startsWith(model) && /^(layers|embed_tokens|norm)(\.|$)/.test(inner))
      return MODEL + inner;
  }
  return name;
}

/** Names that are stored as the project knows them. */
export const SAME_NAMES: TensorNaming = { known: (name) => name, stored: (name) => name };

/** How a folder that stores tensors of these names names its decoder. */
export function tensorNaming(names: ReadonlySet<string>): TensorNaming {
  const places = PLACES.find(({ model }) => names.has(model + EMBEDDING));
  if (places === undefined || places.model === MODEL) return SAME_NAMES;
  const head = [places.head, ...PLACES.map((other) => other.head)].find((path) =>
    names.has(`${path}weight`),
  );
  return between({ model: places.model, head: head ?? places.head });
}

/** Below an empty path everything but the head belongs to the decoder. */
const between = ({ model, head }: Places): TensorNaming => ({
  known: (name) => {
    if (name.startsWith(head)) return HEAD + name.slice(head.length);
    return name.startsWith(model) ? MODEL + name.slice(model.length) : name;
  },
  stored: (name) => {
    if (name.startsWith(HEAD)) return head + name.slice(HEAD.length);
    return name.startsWith(MODEL) ? model + name.slice(MODEL.length) : name;
  },
});
