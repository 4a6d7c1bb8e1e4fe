// What all processes of a run must have in common, compared as soon as it is known: first version
// and recipe, then model, data and numerics. Programs are compared when they first run.
import { compareRanks } from '@automodel/distributed';
import { StreamingLoader } from '@automodel/data';
import { flatValues, runIdentity, type RunIdentity } from '../checkpoints/run-identity.js';
import type { OpenedRun } from '../open/opened-run.js';
import { packageVersion } from '../package-version.js';

/** What each process may have of its own. */
const OWN: readonly string[] = ['backend.threads'];

/** Errors: `conflict` with all differences, by rank. */
export async function compareRecipes({
  host,
  recipe,
}: Pick<OpenedRun, 'host' | 'recipe'>): Promise<void> {
  if (host.size === 1) return;
  const values = Object.entries(flatValues('', recipe)).filter(([name]) => !OWN.includes(name));
  await compareRanks(host, texts({ version: packageVersion(), ...Object.fromEntries(values) }));
}

/** Errors: `conflict` with all differences, by rank; those of reading model and data. */
export async function compareInputs(
  run: Parameters<typeof runIdentity>[0] & Pick<OpenedRun, 'host' | 'backend'>,
): Promise<void> {
  const { host } = run;
  if (host.size === 1) return;
  const loader = await run.trainingLoader();
  const data =
    loader instanceof StreamingLoader ? await loader.fingerprint() : loader.state().fingerprint;
  const { numericsKey: numerics } = await run.backend();
  await compareRanks(host, texts({ ...(await runIdentity(run)), data, numerics }));
}

const texts = (facts: RunIdentity): Record<string, string> =>
  Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, String(value)]));
