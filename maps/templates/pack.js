// Reads what maps/pack.py writes: base64 -> gzip -> header and varint arrays -> a tree of plain arrays.
const unpack = async (text) => {
  "use strict";
  const packed = Uint8Array.from(atob(text.trim()), (sign) => sign.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let at = 4 + length;
  const arrays = header.arrays.map(([size, mode]) => {
    const end = at + size;
    const out = [];
    let last = 0;
    while (at < end) {
      let value = 0;
      let factor = 1;
      let byte;
      do { byte = bytes[at++]; value += (byte & 127) * factor; factor *= 128; } while (byte & 128);
      value = value % 2 ? -(value + 1) / 2 : value / 2;
      last = mode ? last + value : value;
      out.push(last);
    }
    return out;
  });
  const resolve = (node) => {
    if (Array.isArray(node)) return node.map(resolve);
    if (node === null || typeof node !== "object") return node;
    if ("@" in node) {
      const values = node.s && node.s !== 1 ? arrays[node["@"]].map((value) => value / node.s) : arrays[node["@"]].slice();
      if ("z" in node) arrays[node.z].forEach((index) => { values[index] = null; });
      return values;
    }
    if ("words" in node && "index" in node) {
      return resolve(node.index).map((index) => (index < 0 ? null : node.words[index]));
    }
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, resolve(value)]));
  };
  return resolve(header.tree);
};
