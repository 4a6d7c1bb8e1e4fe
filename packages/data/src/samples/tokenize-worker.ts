// The entry of a tokenising thread: opens the tokenizer once, then turns tasks into flat arrays,
// one after the other.
import { parentPort, workerData } from 'node:worker_threads';
import { Tokenizer } from '../tokenizer/tokenizer.js';
import { errorAsData } from './error-data.js';
import type { WorkerAnswer, WorkerInput } from './worker-messages.js';
import { RowTokenizer } from './row-tokenizer.js';
import { tokenizeTask, type TokenizeTask } from './tokenize-task.js';

const { files, options, onWrongRow } = workerData as WorkerInput;
const tokenizer = new Tokenizer(files);
const newRows = (): RowTokenizer => new RowTokenizer(tokenizer, options, onWrongRow);
let rows = newRows();

parentPort?.on('message', (task: TokenizeTask) => {
  void tokenizeTask(rows, task).then(
    (result) => {
      const answer: WorkerAnswer = { result };
      const columns = [result.tokens, ...result.columns];
      parentPort?.postMessage(answer, [
        ...columns.flatMap(({ values, counts }) => [values.buffer, counts.buffer]),
        result.trained.buffer,
        result.rows.buffer,
        result.ordinals.buffer,
      ] as ArrayBuffer[]);
    },
    (error: unknown) => {
      rows = newRows();
      const answer: WorkerAnswer = { error: errorAsData(error) };
      parentPort?.postMessage(answer);
    },
  );
});
