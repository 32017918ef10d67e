// Bring a picture to another size. Pictures are {data, h, w}: planar Float32Arrays, red, green, blue, in [0, 1].

/** Return a new picture of h x w: "bilinear" and "zoom" interpolate; "lanczos" and "bicubic" are Pillow's. */
export function resize(picture, h, w, method = 'bilinear') {
  if (method in FILTERS) return byPillow(picture, h, w, method);
  if (picture.h === h && picture.w === w) return { ...picture, data: picture.data.slice() };
  const rows = axis(picture.h, h, method);
  const columns = axis(picture.w, w, method);
  const data = new Float32Array(3 * h * w);
  for (let c = 0; c < 3; c++) interpolate(picture, c, rows, columns, data.subarray(c * h * w, (c + 1) * h * w));
  return { data, h, w };
}

/** Return for each new place the two old ones it lies between, and how far it is towards the second. */
function axis(old, length, method) {
  const low = new Int32Array(length);
  const high = new Int32Array(length);
  const share = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const exact = method === 'zoom' ? i * ((old - 1) / Math.max(length - 1, 1)) : (i + 0.5) * (old / length) - 0.5;
    const place = Math.min(Math.max(exact, 0), old - 1);
    low[i] = Math.floor(place);
    high[i] = Math.min(low[i] + 1, old - 1);
    share[i] = place - low[i];
  }
  return { low, high, share };
}

function interpolate({ data, h, w }, c, rows, columns, result) {
  const line = new Float32Array(w);
  const width = columns.low.length;
  for (let y = 0; y < rows.low.length; y++) {
    const low = (c * h + rows.low[y]) * w;
    const high = (c * h + rows.high[y]) * w;
    for (let x = 0; x < w; x++) line[x] = data[low + x] + rows.share[y] * (data[high + x] - data[low + x]);
    for (let x = 0; x < width; x++) {
      const first = line[columns.low[x]];
      result[y * width + x] = first + columns.share[x] * (line[columns.high[x]] - first);
    }
  }
}

const BITS = 22; // of the fixed-point weights of Pillow's 8 bits
const FILTERS = { lanczos: { reach: 3, bell: lanczos }, bicubic: { reach: 2, bell: bicubic } }; // reach in places

/** Resize as Pillow does, first across, then down: "lanczos" in whole numbers of 8 bits, "bicubic" in float32. */
function byPillow(picture, h, w, method) {
  const whole = method === 'lanczos';
  const filter = FILTERS[method];
  const start = whole ? { ...picture, data: cutTo8Bits(picture.data) } : picture;
  const wide = w === picture.w ? start : filtered(start, w, false, filter, whole);
  const { data } = h === picture.h ? wide : filtered(wide, h, true, filter, whole);
  return { data: Float32Array.from(data, (value) => (whole ? value / 255 : value)), h, w };
}

function cutTo8Bits(data) {
  return Uint8Array.from(data, (value) => Math.fround(Math.min(Math.max(value, 0), 1) * 255));
}

/** Filter along the columns (down) or the rows. */
function filtered({ data, h, w }, length, down, filter, whole) {
  const [tall, wide] = down ? [length, w] : [h, length];
  const [from, to] = down ? [w, wide] : [1, 1]; // how far apart neighbors lie, before and after
  const result = whole ? new Uint8Array(3 * tall * wide) : new Float32Array(3 * tall * wide);
  const lines = down ? w : h;
  taps(down ? h : w, length, filter, whole).forEach(({ first, weights }, place) => {
    for (let c = 0; c < 3; c++) {
      for (let line = 0; line < lines; line++) {
        const start = c * h * w + (down ? line : line * w) + first * from;
        let sum = whole ? 2 ** (BITS - 1) : 0;
        for (let k = 0; k < weights.length; k++) sum += data[start + k * from] * weights[k];
        const target = c * tall * wide + (down ? line : line * wide) + place * to;
        result[target] = whole ? Math.min(Math.max(sum >> BITS, 0), 255) : sum;
      }
    }
  });
  return { data: result, h: tall, w: wide };
}

/** Return for each new place the first old one that counts, and the weights from there on. */
function taps(old, length, { reach, bell }, whole) {
  const scale = old / length;
  const stretch = Math.max(scale, 1);
  return Array.from({ length }, (_, i) => {
    const center = (i + 0.5) * scale;
    const first = Math.max(Math.trunc(center - reach * stretch + 0.5), 0);
    const last = Math.min(Math.trunc(center + reach * stretch + 0.5), old);
    const values = Array.from({ length: last - first }, (_, k) => bell((first + k - center + 0.5) / stretch));
    const sum = values.reduce((a, b) => a + b, 0);
    return { first, weights: values.map((value) => (whole ? fixed(value / sum) : value / sum)) };
  });
}

const fixed = (weight) => Math.trunc(weight * 2 ** BITS + Math.sign(weight) / 2);

function lanczos(x) {
  return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
}

function sinc(x) {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

/** Keys's cubic with a = -0.5. */
function bicubic(x) {
  const d = Math.abs(x);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? -0.5 * (((d - 5) * d + 8) * d - 4) : 0;
}
