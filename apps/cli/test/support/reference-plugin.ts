// The interpreting backend as a plugin file: commands run without native code.
import type { BackendPlugin } from '@automodel/contracts';
import { referenceBackend, referenceTarget } from '@automodel/testing';

const plugin: BackendPlugin = {
  kind: 'backend-plugin',
  apiVersion: 1,
  name: 'reference',
  create: () => referenceBackend(),
  target: () => referenceTarget(),
};

export default plugin;
