// `npm run test:packed`, after a build: the packages as a registry would hand them out, installed
// by npm and used.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tooling/checks/test/packed-install.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 300_000,
  },
});
