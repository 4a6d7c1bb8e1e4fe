// Several data sets, one after the other, so that one look at them finds the wrong rows of all.
import { WrongRows, WrongRowsError } from '@automodel/data';

/**
 * What each of `loads` gives, in order. Errors: a `WrongRowsError` with the wrong rows of all of
 * them; any other error ends loading at once.
 */
export async function allSets<T>(loads: Iterable<() => Promise<T>>): Promise<T[]> {
  const loaded: T[] = [];
  const wrong = new WrongRows();
  for (const load of loads) {
    try {
      loaded.push(await load());
    } catch (error) {
      if (!(error instanceof WrongRowsError)) throw wrong.before(error);
      wrong.joinSet(error.kinds);
    }
  }
  wrong.throwIfAny();
  return loaded;
}
