// The plugin: tracker `mlflow`.
import type { TrackerPlugin } from '@automodel/contracts';
import { connectionOf } from './mlflow-connection.js';
import { openMlflow } from './mlflow-tracker.js';

const plugin: TrackerPlugin = {
  kind: 'tracker',
  apiVersion: 1,
  name: 'mlflow',
  check: (options, variables) => void connectionOf(options, variables),
  open: openMlflow,
};

export default plugin;
