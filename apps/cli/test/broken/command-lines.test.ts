// Command lines: what is typed.
import { testBroken, type BrokenCase } from './support/broken-case.js';

/** A command as it is typed; words with spaces in quotes. */
const typed = (line: string, says: RegExp, breaks?: BrokenCase['breaks']): BrokenCase => ({
  name: line,
  argv: [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word),
  says,
  ...(breaks === undefined ? {} : { breaks }),
});

testBroken('options', [
  typed('finetun recipe.yaml', /finetun.*did you mean automodel finetune/i),
  typed('bench model --stps 3', /unknown option '--stps'.*Did you mean --steps\?/s),
  typed('bench', /missing required argument 'model'/),
  typed('bench model --steps', /option '--steps <n>' argument missing/),
  typed('bench model --steps 0', /--steps <n>.*'0'.*whole number of at least 2/),
  typed('bench model --steps many', /--steps <n>.*'many'.*whole number/),
  typed('bench model --seq 0', /--seq <n>.*whole number of at least 2/),
  typed('bench model --batch -4', /--batch <n>.*whole number of at least 1/),
  typed('bench model --threads 0', /--threads <n>.*whole number of at least 1/),
  typed('bench model --threads 1.5', /--threads <n>.*whole number/),
  typed('bench model --dtype fp64', /--dtype <dtype>.*f32, bf16/),
  typed('bench model extra', /too many arguments/),
  typed('generate --model model', /required option '--prompt <text>' not specified/),
  typed(
    'generate --model model --prompt x --temperature -1',
    /--temperature <t>.*number of at least 0/,
  ),
  typed('generate --model model --prompt x --top-p 2', /--top-p <p>.*number from 0 to 1/),
  typed(
    'generate --model model --prompt x --max-new-tokens 1e99',
    /--max-new-tokens <n>.*whole number/,
  ),
  typed('generate --model ./absent --prompt x', /absent does not exist/),
  typed('generate --model model --prompt x --backend tpu', /backend "tpu"/),
  typed('generate --model model --prompt x --adapter ./absent', /absent/),
  typed('generate --model model --prompt x --adapter model', /model: .*adapter_config\.json/),
  typed('evaluate --model model', /required option '--data <file>' not specified/),
  typed('evaluate --model model --data ./absent.jsonl', /absent\.jsonl/),
  typed('evaluate --model model --data rows.jsonl --limit 0', /--limit <n>.*at least 1/),
  typed('export --to gguf --model model', /required option '--output <path>' not specified/),
  typed('export --to nowhere --model model --output o', /"nowhere"/),
  typed('export --to gguf --type q99 --model model --output o.gguf', /q99/),
  typed('export --to gguf --model model --output rows.jsonl', /rows\.jsonl/),
  typed('merge --model model --adapter ./absent --output merged', /absent/),
  typed('push --folder ./absent --repo a/b', /absent/),
  typed('push --folder model --repo "no spaces allowed"', /no spaces allowed/),
  typed('init --model ./absent --data rows.jsonl --method full', /absent/, (at) =>
    at.remove('recipe.yaml'),
  ),
  typed('init --model model --data ./absent.jsonl', /absent\.jsonl/, (at) =>
    at.remove('recipe.yaml'),
  ),
  typed('init --model model --data rows.jsonl', /recipe\.yaml.*--force/),
  typed('verify model --reference ./absent.safetensors', /absent\.safetensors/),
  typed('plan --seq 0', /--seq <n>.*whole number of at least 1/),
  typed('plan recipe.yaml --graph ./absent.json', /absent\.json/),
  typed('check --nemo ./absent', /absent/),
  typed('doctor --threads none', /--threads <n>.*whole number/),
  typed('schema --output model', /model/),
]);

testBroken('recipes and overrides', [
  typed('finetune', /without a recipe --model and --data and --output must be given/),
  typed('finetune --model model', /without a recipe --data and --output must be given/),
  typed('finetune model', /model: this is a folder, not a recipe/),
  typed('finetune rows.jsonl', /rows\.jsonl/),
  typed('finetune model/model.safetensors', /model\.safetensors/),
  typed('finetune recipe.yaml --optimiser.lr 1', /--optimiser\.lr.*optimizer/),
  typed('finetune recipe.yaml --optimizer.lr', /--optimizer\.lr/),
  typed(
    'finetune recipe.yaml --optimizer.lr fast',
    /--optimizer\.lr.*expected a number, got the text "fast"/,
  ),
  typed('finetune recipe.yaml --optimizer.lr -1', /--optimizer\.lr.*must be at least 0/),
  typed('finetune recipe.yaml --optimizer', /--optimizer/),
  typed(
    'finetune recipe.yaml --step_scheduler.max_steps=0',
    /--step_scheduler\.max_steps.*must be above 0/,
  ),
  typed('finetune recipe.yaml --nproc-per-node 0', /--nproc-per-node.*at least 1/),
  typed('check recipe.yaml --nproc-per-node 8', /--nproc-per-node: one process runs here/),
  typed('finetune recipe.yaml other.yaml', /other\.yaml/),
  typed('finetune recipe.yaml --plugin ./absent.js', /absent\.js cannot be loaded/),
  typed('finetune recipe.yaml --plugin rows.jsonl', /rows\.jsonl/),
  typed('finetune recipe.yaml --resume latest', /out: .*checkpoint/),
  typed('finetune recipe.yaml --model ./absent', /absent does not exist/),
]);
