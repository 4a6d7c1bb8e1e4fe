import { preset } from '@automodel/presets/tsup';

export default preset({
  entry: { index: 'src/index.ts', 'tokenize-worker': 'src/samples/tokenize-worker.ts' },
});
