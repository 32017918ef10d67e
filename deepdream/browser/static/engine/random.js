// The draws of numpy.random.default_rng, so that a seed means the same picture here: SeedSequence and PCG64.

const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;
const POOL = 4; // words

/** Draw what numpy.random.default_rng(words) draws; words are whole numbers below 2 ** 32. */
export class Random {
  constructor(...words) {
    const seeds = seedWords(words);
    this.increment = BigInt.asUintN(128, (((seeds[2] << 64n) | seeds[3]) << 1n) | 1n);
    this.state = 0n;
    this.half = null;
    this.advance();
    this.state = BigInt.asUintN(128, this.state + ((seeds[0] << 64n) | seeds[1]));
    this.advance();
  }

  advance() {
    this.state = BigInt.asUintN(128, this.state * MULTIPLIER + this.increment);
  }

  /** Return the next 64 bits. */
  bits() {
    this.advance();
    const folded = BigInt.asUintN(64, (this.state >> 64n) ^ this.state);
    const turn = this.state >> 122n;
    return BigInt.asUintN(64, (folded >> turn) | (folded << ((64n - turn) & 63n)));
  }

  /** Return a number in [0, 1), as random() does. */
  next() {
    return Number(this.bits() >> 11n) / 2 ** 53;
  }

  /** Return a number in [0, 1) of 24 bits, as random(dtype=float32) does: two are taken from each 64 bits. */
  nextFloat() {
    const bits = this.half === null ? this.bits() : null;
    const word = bits === null ? this.half : Number(bits & 0xffffffffn);
    this.half = bits === null ? null : Number(bits >> 32n);
    return (word >>> 8) / 2 ** 24;
  }
}

/** Return four words of 64 bits from a seed, as numpy.random.SeedSequence does. */
function seedWords(words) {
  const pool = mixedPool(words);
  const hash = hasher(0x8b51f9dd, 0x58f38ded);
  const state = Array.from({ length: 8 }, (_, i) => BigInt(hash(pool[i % POOL])));
  return [0, 1, 2, 3].map((i) => state[2 * i] | (state[2 * i + 1] << 32n));
}

function mixedPool(words) {
  const hash = hasher(0x43b0d7e5, 0x931e8875);
  const pool = Array.from({ length: POOL }, (_, i) => hash(words[i] ?? 0));
  for (let from = 0; from < POOL; from++) {
    for (let to = 0; to < POOL; to++) if (from !== to) pool[to] = mixed(pool[to], hash(pool[from]));
  }
  return pool;
}

function hasher(start, factor) {
  let constant = start;
  return (value) => {
    const crossed = (value ^ constant) >>> 0;
    constant = Math.imul(constant, factor) >>> 0;
    const spread = Math.imul(crossed, constant) >>> 0;
    return (spread ^ (spread >>> 16)) >>> 0;
  };
}

function mixed(x, y) {
  const both = (Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y)) >>> 0;
  return (both ^ (both >>> 16)) >>> 0;
}
