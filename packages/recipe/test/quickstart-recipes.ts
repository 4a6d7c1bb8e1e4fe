// The recipes of the quickstart.
import { fileURLToPath } from 'node:url';

export const QUICKSTART = ['finetune', 'lora', 'pretrain'].map((name) =>
  fileURLToPath(new URL(`../../../examples/quickstart/${name}.yaml`, import.meta.url)),
);
