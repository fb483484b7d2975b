// Reads the data of this file, nothing else. Text goes in as text nodes only; nothing is ever parsed as markup.
const $ = (id) => document.getElementById(id);
let app;
const say = (key, values) => app.say[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const count = (n) => n.toLocaleString("en-US");
const counted = (n, thing) => count(n) + " " + app.say[thing + (n === 1 ? ".one" : ".many")];
const spoken = (name) => name.replaceAll("_", " ");
const usd = (cents) => {
  if (cents === null || cents === undefined) return "";
  const whole = Math.floor(Math.abs(cents) / 100).toLocaleString("en-US");
  return (cents < 0 ? "-$" : "$") + whole + "." + String(Math.abs(cents) % 100).padStart(2, "0");
};

function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "class") node.className = value;
    else if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== null && value !== false && value !== undefined) node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) if (child !== null && child !== undefined && child !== "" && child !== false) node.append(child);
  return node;
}

function bytesOf(name) {
  const text = $("data-" + name).textContent;
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text), bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
const inflate = (name) => new Response(new Blob([bytesOf(name)]).stream().pipeThrough(new DecompressionStream("gzip")));
const unpack = async (name) => inflate(name).json();

// What is unpacked is kept: all that is small, and of blocks the last few.
const kept = new Map();
function once(key, get, most) {
  if (!kept.has(key)) {
    const same = most ? [...kept.keys()].filter((name) => name[0] === key[0]) : [];
    if (most && same.length >= most) kept.delete(same[0]);
    kept.set(key, get());
  }
  return kept.get(key);
}
