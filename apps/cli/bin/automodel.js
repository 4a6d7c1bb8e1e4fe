#!/usr/bin/env node
// The executable. It is committed, not built, so that package managers can link it before the first build.
await import('../dist/cli.js').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !String(error.message).includes('dist/cli.js')) throw error;
  process.stderr.write('automodel is not built yet: run npm run build\n');
  process.exitCode = 2;
});
