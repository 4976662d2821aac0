// From the text in the page to numbers: base64, deflate, filters, codes.
// hdr_core/view/planes.py and light_by_code.py say what is stored.

const MIDDLE = 32768;

async function inflated(id) {
  const held = document.getElementById(id);
  const text = held.textContent.trim();
  held.remove(); // The text is large, and is needed once.
  const bytes = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : fromBase64(text);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function fromBase64(text) {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

// Undo the filter of each row of one channel; write it into `out` at `place`.
function unfilter(filters, planes, { width, height, bits }, out, place, step) {
  const base = bits === 16 ? MIDDLE : 128;
  const most = 2 * base - 1;
  const [first, second] = planes;
  let above = new Int32Array(width).fill(base);
  let row = new Int32Array(width);
  for (let y = 0, i = 0, o = place; y < height; y++) {
    const filter = filters[y];
    let left = base;
    let corner = base;
    for (let x = 0; x < width; x++, i++, o += step) {
      const z = second ? (first[i] << 8) | second[i] : first[i];
      const up = above[x];
      let p = filter === 1 ? left : filter === 2 ? up : base;
      if (filter === 3) {
        const low = left < up ? left : up;
        const high = left < up ? up : left;
        p = left + up - corner;
        p = p < low ? low : p > high ? high : p;
      }
      left = (((z >>> 1) ^ -(z & 1)) + p) & most;
      corner = up;
      row[x] = left;
      out[o] = left;
    }
    [above, row] = [row, above];
  }
}

async function readNumbers(name, about) {
  const n = about.channels.length;
  const kind = about.bits === 16 ? Uint16Array : Uint8Array;
  const values = new kind(about.width * about.height * n);
  const parts = about.channels.map((count, channel) =>
    Promise.all(Array.from({ length: count }, (_, k) => inflated(`${name}-${channel}-${k}`))),
  );
  for (let channel = 0; channel < n; channel++) {
    const [filters, ...planes] = await parts[channel];
    unfilter(filters, planes, about, values, channel, n);
  }
  if (about.green) addGreen(values, about.bits === 16 ? MIDDLE : 128);
  return values;
}

function addGreen(values, base) {
  // The array wraps each sum to 8 or 16 bits.
  for (let i = 0; i < values.length; i += 3) {
    values[i] += values[i + 1] - base;
    values[i + 2] += values[i + 1] - base;
  }
}

// Add the light that the codes predict. The same float64 operations in the same order
// as in Python, so that both give the same bits.
function addCodeLight(orders, codes, about) {
  const tables = about.matrix.map((row) => row.map((m) => Float64Array.from(about.light, (g) => g * m)));
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  for (let channel = 0; channel < 3; channel++) {
    const [red, green, blue] = tables.map((row) => row[channel]);
    for (let i = 0; i < orders.length; i += 3) {
      float[0] = red[codes[i]] + green[codes[i + 1]] + blue[codes[i + 2]];
      let half = 0;
      if (float[0] > 0) {
        half = (bits[0] >>> 13) - 114688;
        half = half < 1024 ? 0 : half > 31743 ? 31743 : half;
      }
      // order = stored + half + MIDDLE - MIDDLE, modulo 2^16
      orders[i + channel] += half;
    }
  }
}

// In place: from the order of half floats to their bits.
function toHalves(orders) {
  for (let i = 0; i < orders.length; i++) {
    const order = orders[i];
    orders[i] = order >= MIDDLE ? order - MIDDLE : 65535 - order;
  }
  return orders;
}

function halfToNumber(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
