// Numbers and names as Python writes them into a link.

/** Return a number's text as Python's: 1 for 1.0, 1e-08 for 1e-8. */
export function text(value, whole = false) {
  if (whole || (Number.isInteger(value) && Math.abs(value) < 1e9)) return String(value);
  const [digits, power] = value.toExponential().split('e');
  if (power >= -4 && power < 16) return plain(value, digits, Number(power));
  return `${digits}e${power[0]}${power.slice(1).padStart(2, '0')}`;
}

/** Return a number without an exponent, where JavaScript would write one or leave out the ".0". */
function plain(value, digits, power) {
  if (Number.isInteger(value)) return `${value}.0`;
  return power < 0 && String(value).includes('e')
    ? value.toFixed(digits.replace(/[-.]/g, '').length - 1 - power)
    : String(value);
}

/** Escape a layer's name for a link: only letters, digits and _ stay, and ":" becomes ".". */
export function quoted(name) {
  const escape = (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(name)
    .replace(/[!'()*.~-]/g, escape)
    .replaceAll('%3A', '.');
}

/** Undo percent-encoding; what is not valid stays a mark that no name has. */
export function unquoted(link) {
  const bytes = [];
  for (let i = 0; i < link.length; i++) {
    const code = /^%[0-9a-f]{2}$/i.test(link.slice(i, i + 3)) ? parseInt(link.slice(i + 1, i + 3), 16) : null;
    if (code === null) bytes.push(...new TextEncoder().encode(link[i]));
    else bytes.push(code);
    i += code === null ? 0 : 2;
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
