// The plugin: tracker `tensorboard`.
import type { TrackerPlugin } from '@automodel/contracts';
import { openTensorBoard } from './tensorboard-tracker.js';

const plugin: TrackerPlugin = {
  kind: 'tracker',
  apiVersion: 1,
  name: 'tensorboard',
  open: openTensorBoard,
};

export default plugin;
