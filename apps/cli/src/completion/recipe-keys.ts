// The keys of a recipe as options, `--optimizer.lr`, with the values that each takes: read from the
// schema of recipes, so that completion knows every key that a recipe may hold.
import { isMapping } from '@automodel/recipe';
import { CHECKPOINT_WORDS, type OptionFacts, type ValueKind } from '../grammar/describe-grammar.js';

/** A key, as completion offers it. */
export type RecipeKey = Pick<OptionFacts, 'long' | 'description' | 'kind' | 'choices'>;

const FOLDERS = /(?:^|[._])(?:checkpoint_dir|pretrained_model_name_or_path|adapter_name_or_path)$/;
const CHECKPOINT = /\.restore_from$/;
const FILES = /(?:path_or_dataset_id|graph|chat_template|config|output|dir)$/;
/** Keys that are accepted and change nothing are not worth offering. */
const WITHOUT_EFFECT = /^No effect here/;

/** Every key of `schema` (JSON Schema), in its order. */
export const recipeKeys = (schema: unknown, path = '-'): readonly RecipeKey[] =>
  propertiesOf(schema).flatMap(([name, node]) => {
    const long = path === '-' ? `--${name}` : `${path}.${name}`;
    const description = textOf(node, 'description');
    if (name.startsWith('_') || WITHOUT_EFFECT.test(description)) return [];
    const inner = recipeKeys(node, long);
    if (inner.length > 0) return inner;
    const choices = CHECKPOINT.test(long) ? CHECKPOINT_WORDS : choicesOf(node);
    return [{ long, description, choices, kind: kindOf(long, choices) }];
  });

/** Where any of several forms is taken, each of them. */
const formsOf = (node: unknown): readonly Record<string, unknown>[] => {
  if (!isMapping(node)) return [];
  const forms = node['anyOf'];
  return Array.isArray(forms) ? [node, ...forms.flatMap(formsOf)] : [node];
};

const propertiesOf = (node: unknown): readonly (readonly [string, unknown])[] =>
  formsOf(node).flatMap((form) =>
    isMapping(form['properties']) ? Object.entries(form['properties']) : [],
  );

const textOf = (node: unknown, key: string): string => {
  const text = isMapping(node) ? node[key] : undefined;
  return typeof text === 'string' ? text : '';
};

/** Values to choose from; NeMo's names, which are Python paths, are left to those who have them. */
function choicesOf(node: unknown): readonly string[] {
  const forms = formsOf(node);
  const listed = forms.flatMap((form) => (Array.isArray(form['enum']) ? form['enum'] : []));
  const named = listed.filter((value) => value !== null).map(String);
  const isSwitch = forms.some((form) => [form['type']].flat().includes('boolean'));
  return [...new Set([...named, ...(isSwitch ? ['true', 'false'] : [])])].filter(
    (value) => !value.includes('.') && !/^none$/i.test(value),
  );
}

function kindOf(long: string, choices: readonly string[]): ValueKind {
  if (CHECKPOINT.test(long)) return 'folder';
  if (choices.length > 0) return 'choice';
  if (FOLDERS.test(long)) return 'folder';
  return FILES.test(long) ? 'file' : 'other';
}
