// Python's float as text and text as float: repr writes the shortest digits that give the number
// back, with an exponent below 1e-4 and from 1e16 on.

/** `repr(value)`. */
export function floatRepr(value: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const [mantissa = '', power = '0'] = Math.abs(value).toExponential().split('e');
  const exponent = Number(power);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value !== 0 && (exponent < -4 || exponent >= 16))
    return `${sign}${mantissa}e${exponentText(exponent)}`;
  return sign + placePoint(mantissa.replace('.', ''), exponent);
}

/** `inf`, `-inf` or `nan`. */
export function notFinite(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}

/** An exponent with its sign and at least two digits. */
export function exponentText(exponent: number): string {
  return (exponent < 0 ? '-' : '+') + String(Math.abs(exponent)).padStart(2, '0');
}

function placePoint(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${whole}.${digits.slice(exponent + 1) || '0'}`;
}

const DIGITS = '\\d+(?:_\\d+)*';
const FLOAT = new RegExp(
  `^[+-]?(?:${DIGITS}(?:\\.(?:${DIGITS})?)?|\\.${DIGITS})(?:e[+-]?${DIGITS})?$`,
  'i',
);
const SPECIAL = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i;

/** `float(text)` without white space around it; undefined where it is a ValueError. */
export function parseFloatText(text: string): number | undefined {
  const special = SPECIAL.exec(text);
  if (special !== null) {
    if (special[2] === undefined) return NaN;
    return special[1] === '-' ? -Infinity : Infinity;
  }
  return FLOAT.test(text) ? Number(text.replaceAll('_', '')) : undefined;
}
