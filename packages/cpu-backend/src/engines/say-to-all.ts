// A step of connecting that every process takes: it either works in all of them, or fails in all
// with the same words.
import type { HostGroup } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';

type Said<T> = { readonly value: T } | { readonly error: string; readonly hint?: string };

function attempt<T>(make: () => T): Said<T> {
  try {
    return { value: make() };
  } catch (error) {
    if (!(error instanceof Error)) return { error: String(error) };
    const hint = error instanceof AutomodelError ? error.hint : undefined;
    return { error: error.message, ...(hint === undefined ? {} : { hint }) };
  }
}

/** What `make` gives in each process, as JSON. Errors: `unsupported` naming the first rank where it
 * fails. */
export async function sayToAll<T>(host: HostGroup, make: () => T): Promise<readonly T[]> {
  const texts = await host.exchange(JSON.stringify(attempt(make)));
  return texts.map((text, rank) => {
    const said = JSON.parse(text) as Said<T>;
    if ('value' in said) return said.value;
    throw new AutomodelError('unsupported', `rank ${rank}: ${said.error}`, { hint: said.hint });
  });
}
