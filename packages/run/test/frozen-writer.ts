// A process that trains and stands still after a step until its parent writes to it: for the test
// of a folder that is taken over meanwhile. Arguments: a recipe as JSON, and the step.
import { once } from 'node:events';
import { AutomodelError } from '@automodel/core';
import { finetune } from '@automodel/run';
import type { Recipe } from '@automodel/recipe';
import { plugins } from './tiny-model.js';

const [recipe = '{}', step] = process.argv.slice(2);
try {
  for await (const event of finetune(JSON.parse(recipe) as Recipe, { plugins }))
    if (event.type === 'step' && event.step === Number(step)) {
      process.stdout.write('standing still\n');
      await once(process.stdin, 'data');
    }
} catch (error) {
  process.stdout.write(error instanceof AutomodelError ? `${error.code}: ${error.said}` : 'bug');
}
process.stdin.destroy();
