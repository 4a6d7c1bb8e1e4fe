// The plugin: tracker `wandb`.
import type { TrackerPlugin } from '@automodel/contracts';
import { openWandb } from './open-wandb.js';
import { wandbSettings } from './wandb-settings.js';

const plugin: TrackerPlugin = {
  kind: 'tracker',
  apiVersion: 1,
  name: 'wandb',
  check: (options, variables) => void wandbSettings(options, variables),
  open: openWandb,
};

export default plugin;
