import { configDefaults, defineConfig } from 'vitest/config';

const conditions = ['@automodel/source', 'module', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'apps/*/test/**/*.test.ts',
      'tooling/*/test/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
    ],
    // Needs built packages and installs them: npm run test:packed.
    exclude: [...configDefaults.exclude, 'tooling/checks/test/packed-install.test.ts'],
    testTimeout: 60_000,
    maxWorkers: 2,
  },
});
