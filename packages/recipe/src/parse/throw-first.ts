// Makes one error of the issues of a recipe: to whoever prints it, it is the first one in the order
// of the file; all of them are there for `check`.
import { AutomodelError } from '@automodel/core';
import { sentence, type Issue, type Path } from '../issues/issue.js';

/** Where a key or value stands: file:line:column, or the option of an override. */
export type Locate = (path: Path, at: 'key' | 'value') => string | undefined;

/** Everything that is wrong with a recipe as one error, which says what the first of them says. */
export class RecipeMistakes extends AutomodelError {
  /** In the order of the file. */
  readonly all: readonly AutomodelError[];

  constructor(all: readonly AutomodelError[]) {
    const [first] = all;
    if (first === undefined)
      throw new AutomodelError('internal', 'nothing is wrong with the recipe');
    super(first.code, first.said, { location: first.location, hint: first.hint });
    this.all = all;
  }
}

/** Errors: `RecipeMistakes` with all of `issues`. */
export function throwFirst(issues: readonly Issue[], locate: Locate): never {
  const errors = issues.map(
    ({ path, at, message, unsupported }) =>
      new AutomodelError(
        unsupported === true ? 'unsupported' : 'bad-recipe',
        sentence(path, message),
        { location: locate(path, at) },
      ),
  );
  throw new RecipeMistakes(errors.toSorted(byPlace));
}

/** Places in the order of the file; what is in no file comes last. */
function byPlace(a: AutomodelError, b: AutomodelError): number {
  const [[line, column], [otherLine, otherColumn]] = [a, b].map(({ location }) =>
    positionOf(location),
  ) as [Position, Position];
  return line === otherLine ? order(column, otherColumn) : order(line, otherLine);
}

const order = (a: number, b: number): number => (a === b ? 0 : a - b);

type Position = readonly [line: number, column: number];

function positionOf(location = ''): Position {
  const [, line = Infinity, column = Infinity] = /:(\d+):(\d+)$/.exec(location) ?? [];
  return [Number(line), Number(column)];
}
