// The note inside a picture: the recipe that made it, written into PNG, JPEG and WebP, and read back; as images/metadata.py.

const KEY = 'deepdream';
const PNG = [0x89, 0x50, 0x4e, 0x47];
const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0]; // "Exif" and two zeros
const CHARACTERS = [0x41, 0x53, 0x43, 0x49, 0x49, 0, 0, 0]; // "ASCII": what a UserComment begins with
const [EXIF_FOLDER, USER_COMMENT] = [0x8769, 0x9286]; // tags

/** Return the bytes of an encoded picture with the note inside; a type that is not known stays as it is. */
export function withNote(bytes, note, { h, w }) {
  const text = ascii(JSON.stringify(note));
  if (starts(bytes, PNG)) return joined(bytes.subarray(0, 33), pngText(text), bytes.subarray(33));
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return joined(bytes.subarray(0, 2), exifSegment(text), bytes.subarray(2));
  return name(bytes, 8) === 'WEBP' ? webp(bytes, text, h, w) : bytes;
}

/** Return the note's recipe as JSON's types, or null where there is none. */
export function recipeIn(bytes, longest) {
  const text = starts(bytes, PNG) ? textInPng(bytes) : textInExif(exifIn(bytes));
  if (text === null || text.length > longest) return null;
  try {
    const note = JSON.parse(text);
    return note !== null && typeof note === 'object' && KEY in note ? note.recipe : null;
  } catch {
    return null;
  }
}

const ascii = (text) =>
  text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
const bytesOf = (text) => new TextEncoder().encode(text);
const starts = (bytes, head) => head.every((byte, i) => bytes[i] === byte);
const name = (bytes, at) => String.fromCharCode(...bytes.subarray(at, at + 4));
const view = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}

function number(value, bytes, littleEndian) {
  const result = new Uint8Array(bytes);
  if (bytes === 2) view(result).setUint16(0, value, littleEndian);
  else view(result).setUint32(0, value, littleEndian);
  return result;
}

// PNG

function pngText(text) {
  const body = joined(bytesOf('tEXt'), bytesOf(`${KEY}\0`), bytesOf(text));
  return joined(number(body.length - 4, 4), body, number(checksum(body), 4));
}

function checksum(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function textInPng(bytes) {
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view(bytes).getUint32(at);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (name(bytes, at + 4) === 'tEXt' && starts(body, bytesOf(`${KEY}\0`))) {
      return new TextDecoder('latin1').decode(body.subarray(KEY.length + 1));
    }
    at += 12 + length;
  }
  return null;
}

// JPEG and WebP: an EXIF block with one comment

function exifBlock(text) {
  const comment = joined(Uint8Array.from(CHARACTERS), bytesOf(text));
  const folder = (...entry) => joined(number(1, 2, true), ...entry, number(0, 4, true));
  const entry = (tag, type, count, value) => [
    number(tag, 2, true),
    number(type, 2, true),
    number(count, 4, true),
    number(value, 4, true),
  ];
  const first = folder(...entry(EXIF_FOLDER, 4, 1, 26));
  const second = folder(...entry(USER_COMMENT, 7, comment.length, 44));
  return joined(bytesOf('II'), number(42, 2, true), number(8, 4, true), first, second, comment);
}

function exifSegment(text) {
  const block = joined(Uint8Array.from(EXIF), exifBlock(text));
  return joined(Uint8Array.of(0xff, 0xe1), number(block.length + 2, 2), block);
}

function webp(bytes, text, h, w) {
  const block = exifBlock(text);
  const size = (value) => number(value - 1, 4, true).subarray(0, 3);
  const flags = 0x08 | (name(bytes, 12) === 'VP8L' && bytes[24] & 0x10 ? 0x10 : 0);
  const head = joined(bytesOf('VP8X'), number(10, 4, true), Uint8Array.of(flags, 0, 0, 0), size(w), size(h));
  const old = name(bytes, 12) === 'VP8X' ? bytes.slice(12) : joined(head, bytes.subarray(12));
  old[8] |= 0x08;
  const tail = joined(bytesOf('EXIF'), number(block.length, 4, true), block, new Uint8Array(block.length % 2));
  return joined(bytesOf('RIFF'), number(4 + old.length + tail.length, 4, true), bytesOf('WEBP'), old, tail);
}

function exifIn(bytes) {
  if (name(bytes, 8) === 'WEBP') return exifInWebp(bytes);
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda; ) {
    const length = view(bytes).getUint16(at + 2);
    const body = bytes.subarray(at + 4, at + 2 + length);
    if (bytes[at + 1] === 0xe1 && starts(body, EXIF)) return body.subarray(6);
    at += 2 + length;
  }
  return null;
}

function exifInWebp(bytes) {
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view(bytes).getUint32(at + 4, true);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (name(bytes, at) === 'EXIF') return starts(body, EXIF) ? body.subarray(6) : body;
    at += 8 + length + (length % 2);
  }
  return null;
}

/** Return the comment in an EXIF block, or null where it has none or is broken. */
function textInExif(block) {
  if (block === null) return null;
  try {
    const little = name(block, 0).startsWith('II');
    const folder = entryOf(block, view(block).getUint32(4, little), EXIF_FOLDER, little);
    const comment = folder && entryOf(block, folder.value, USER_COMMENT, little);
    if (!comment) return null;
    const text = new TextDecoder('latin1').decode(block.subarray(comment.value + 8, comment.value + comment.count));
    return text.trimStart().startsWith(`{"${KEY}`) ? text : null;
  } catch {
    return null; // broken notes are no reason to refuse a picture
  }
}

function entryOf(block, at, tag, little) {
  const data = view(block);
  for (let i = 0; i < data.getUint16(at, little); i++) {
    const entry = at + 2 + 12 * i;
    if (data.getUint16(entry, little) === tag) {
      return { count: data.getUint32(entry + 4, little), value: data.getUint32(entry + 8, little) };
    }
  }
  return null;
}
