// Calls functions of the TypeScript SDK for a test: JSON lines in, JSON lines out, one at a time.
//
//   HATHORA_TS_SDK=<folder that holds node_modules> node driver.mjs
//
// The first line out lists the functions of the SDK. A line in is a call: {client, function, named,
// body, files, playerAuth}; the line out is {ok, value}, or {ok: false, error, statusCode, message}.

import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(join(process.env.HATHORA_TS_SDK, "package.json"));
const root = dirname(require.resolve("@hathora/cloud-sdk-typescript/package.json"));
const { HathoraCloud } = require("@hathora/cloud-sdk-typescript");

// Where a call is refused the SDK leaves a second promise that nobody awaits; Node would end for it.
process.on("unhandledRejection", () => {});

const resources = Object.entries(Object.getOwnPropertyDescriptors(HathoraCloud.prototype))
  .filter(([, property]) => property.get)
  .map(([name]) => name);

const functions = {};
for (const file of await readdir(join(root, "funcs"))) {
  if (!file.endsWith(".js")) continue;
  const name = file.slice(0, -".js".length);
  const resource = resources.find((each) => name.startsWith(each));
  const method = name[resource.length].toLowerCase() + name.slice(resource.length + 1);
  functions[name] = { resource, method };
}

const clients = new Map();
function clientOf(options) {
  const key = JSON.stringify(options);
  if (!clients.has(key)) clients.set(key, new HathoraCloud(options));
  return clients.get(key);
}

// Names of the positional arguments, from the text of the method itself.
function argumentNames(method) {
  return /\(([^)]*)\)/.exec(method.toString())[1].split(/,\s*/);
}

function argumentsOf(method, { named, body, files, playerAuth }) {
  const blobs = Object.entries(files ?? {}).map(([name, text]) => [name, new File([text], name)]);
  const whole = body || blobs.length ? { ...body, ...Object.fromEntries(blobs) } : undefined;
  const names = argumentNames(method);
  const unknown = Object.keys(withoutNull(named)).filter((name) => !names.includes(name));
  if (unknown.length && !names.includes("request")) throw new Error(`there is no argument ${unknown}`);
  const bodies = names.filter((name) => !["security", "options", "request"].includes(name) && !(name in named));
  if (bodies.length > 1) throw new Error(`which of ${bodies} is the body?`);
  return names.map((name) => {
    if (name === "security") return { playerAuth };
    if (name === "options") return undefined;
    // Either all there is, or a body that the SDK calls so.
    if (name === "request") return { ...withoutNull(named), ...whole };
    return name in named ? named[name] ?? undefined : whole;
  });
}

function withoutNull(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

async function answer(line) {
  const call = JSON.parse(line);
  const { resource, method } = functions[call.function];
  const group = clientOf(call.client)[resource];
  const given = argumentsOf(group[method], call);
  try {
    const value = await group[method](...given);
    const told = value instanceof ReadableStream ? await new Response(value).text() : value;
    return { ok: true, value: told };
  } catch (error) {
    const { statusCode, message } = error;
    return { ok: false, error: error.constructor.name, statusCode, message };
  }
}

console.log(JSON.stringify(functions));
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(line)));
}
