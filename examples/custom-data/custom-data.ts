// Fine-tunes on your own rows: an asynchronous generator stands for a database's cursor. Rows
// have the formats of data files and are checked like them.
import cpu from '@automodel/cpu-backend';
import qwen from '@automodel/models-qwen';
import lora from '@automodel/peft';
import { finetune } from '@automodel/run';
import { type Recipe } from '@automodel/recipe';

interface Order {
  readonly city: string;
  readonly day: string;
}

/** What a query gives, page by page. */
async function* orders(): AsyncGenerator<Order> {
  for (const city of ['Lyon', 'Oslo', 'Porto', 'Turin']) {
    const page = await Promise.resolve(
      ['Monday', 'Tuesday', 'Friday'].map((day) => ({ city, day })),
    );
    yield* page;
  }
}

/** Orders as chats. */
async function* chats(): AsyncGenerator<object> {
  for await (const { city, day } of orders()) {
    const answer = JSON.stringify({ name: 'get_weather', arguments: { city, day } });
    yield {
      messages: [
        { role: 'user', content: `Is it cold in ${city} on ${day}` },
        { role: 'assistant', content: answer },
      ],
    };
  }
}

const recipe: Recipe = {
  model: { pretrained_model_name_or_path: 'examples/quickstart/base', torch_dtype: 'float32' },
  peft: { type: 'lora', target_modules: '*_proj', dim: 8, alpha: 16 },
  // how rows are read; where they come from is said below
  dataset: { type: 'chat', seq_length: 256 },
  step_scheduler: { global_batch_size: 4, local_batch_size: 4, num_epochs: 3 },
  optimizer: { type: 'adamw', lr: 5e-3 },
  checkpoint: { checkpoint_dir: process.argv[2] ?? 'examples/custom-data/output' },
};

const heldBack = [
  {
    messages: [
      { role: 'user', content: 'Is it cold in Rome on Sunday' },
      {
        role: 'assistant',
        content: '{"name":"get_weather","arguments":{"city":"Rome","day":"Sunday"}}',
      },
    ],
  },
];

for await (const event of finetune(recipe, {
  dataset: chats(),
  validationDataset: heldBack,
  plugins: [cpu, qwen, lora],
})) {
  if (event.type === 'dataset')
    console.log(
      `${event.name}: ${event.report.rows} rows, ${event.report.trainedTokens} trained tokens`,
    );
  if (event.type === 'validation')
    console.log(`epoch ${event.epoch + 1}: validation ${event.loss.toFixed(3)}`);
  if (event.type === 'saved') console.log(`saved ${event.directory}`);
}
