// The columns of the list: arrays of numbers, some of which are places in a dictionary.
const EMPTY = -2147483648;
const ARRAYS = { u1: Uint8Array, u2: Uint16Array, i4: Int32Array, f8: Float64Array };
const LISTED = ["rule", "section", "cls", "verdict", "priority", "provider", "claim", "line", "date", "code", "mods", "units", "paid", "amount", "payer"];
let data, words;
const col = {};

async function load(name) {
  const kind = data.kinds[name];
  if (kind === "json") col[name] = await unpack("x_" + name);
  else {
    const buffer = await inflate("x_" + name).arrayBuffer();
    col[name] = kind === "x8" ? new Uint8Array(buffer) : new ARRAYS[kind](buffer);
  }
}
const value = (name, i) => { const v = col[name][i]; return v === EMPTY || Number.isNaN(v) ? null : v; };

// Ids and patients are asked for by few; they are unpacked when somebody opens or searches.
const later = (name) => once("+" + name, () => load(name));
const patients = () => once("+patients", async () => { await later("patient"); words.patient = await unpack("patients"); });

function idOf(i) {
  if (data.kinds.id === "json") return col.id[i];
  let text = "";
  for (let n = 8 * i; n < 8 * i + 8; n++) text += col.id[n].toString(16).padStart(2, "0");
  return text;
}

// The first finding whose id begins with these digits; -1 for none. Whole bytes are compared, then the odd digit.
function findId(wanted, from = 0) {
  if (data.kinds.id === "json") return col.id.findIndex((id, i) => i >= from && id.startsWith(wanted));
  if (!/^[0-9a-f]{1,16}$/.test(wanted)) return -1;
  const whole = wanted.length >> 1, odd = wanted.length & 1 ? parseInt(wanted.at(-1), 16) : -1;
  const bytes = Array.from({ length: whole }, (_, n) => parseInt(wanted.slice(2 * n, 2 * n + 2), 16));
  next: for (let i = from; i < data.n; i++) {
    for (let n = 0; n < whole; n++) if (col.id[8 * i + n] !== bytes[n]) continue next;
    if (odd < 0 || col.id[8 * i + whole] >> 4 === odd) return i;
  }
  return -1;
}

const detailOf = async (i) => {
  const number = Math.floor(i / data.block);
  return (await once("d" + number, () => unpack("d" + number), 40))[i % data.block];
};
const claimOf = async (place) => {
  const number = Math.floor(place / data.claimBlock);
  return (await once("k" + number, () => unpack("k" + number), 40))[place % data.claimBlock];
};
