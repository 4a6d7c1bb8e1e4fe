import { preset } from '@automodel/presets/tsup';

export default preset({
  entry: { index: 'src/index.ts', 'rendezvous-worker': 'src/rendezvous/rendezvous-worker.ts' },
});
