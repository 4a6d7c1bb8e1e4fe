// dict.keys(), values() and items(): they print as views and have a length but no items by index.
import { isSameOrEqual } from '../python/equality.js';
import { hashOf } from '../python/hash.js';
import { reprOfItems } from '../python/strings.js';
import type { Run } from '../values/run.js';
import type { Str } from '../text/text.js';
import type { Dict } from '../values/dict.js';
import { PythonObject, Tuple, type Next, type Value } from '../values/value.js';

abstract class DictView extends PythonObject {
  protected readonly dict: Dict;

  constructor(dict: Dict) {
    super();
    this.dict = dict;
  }

  /** In the order of the keys. */
  abstract values(): Value[];

  print(run: Run): Str {
    return reprOfItems(run, `${this.typeName}([`, this.values(), '])');
  }

  override iterate(): Next {
    const values = this.values();
    let index = 0;
    return () => values[index++];
  }

  override length(): number {
    return this.dict.size;
  }

  /** Views of keys and of items compare as sets. */
  protected sameSet(run: Run, other: Value): boolean {
    if (!(other instanceof DictKeys || other instanceof DictItems)) return false;
    return (
      other.length() === this.length() && this.values().every((value) => other.contains(run, value))
    );
  }
}

export class DictKeys extends DictView {
  readonly typeName = 'dict_keys';
  override readonly isHashable = false;

  values(): Value[] {
    return Array.from(this.dict.entries(), ({ key }) => key);
  }

  override contains(run: Run, value: Value): boolean {
    return this.dict.has(hashOf(run, value));
  }

  override equals(run: Run, other: Value): boolean {
    return this.sameSet(run, other);
  }
}

export class DictValues extends DictView {
  readonly typeName = 'dict_values';

  values(): Value[] {
    return Array.from(this.dict.entries(), ({ value }) => value);
  }
}

export class DictItems extends DictView {
  readonly typeName = 'dict_items';
  override readonly isHashable = false;

  values(): Value[] {
    return Array.from(this.dict.entries(), ({ key, value }) => new Tuple([key, value]));
  }

  override contains(run: Run, value: Value): boolean {
    if (!(value instanceof Tuple) || value.items.length !== 2) return false;
    const [key = null, item = null] = value.items;
    const found = this.dict.get(hashOf(run, key));
    return found !== undefined && isSameOrEqual(run, found, item);
  }

  override equals(run: Run, other: Value): boolean {
    return this.sameSet(run, other);
  }
}
