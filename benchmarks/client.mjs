// Calls a Hathora API through the TypeScript SDK, as often as it is told to on its standard input.
//
//   HATHORA_TS_SDK=<folder that holds node_modules> HATHORA_TOKEN=… node client.mjs ENDPOINT APP_ID
//
// A line in is {operation, calls, at_once}; the line out is {wall, cpu}, both in seconds.

import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [serverURL, appId] = process.argv.slice(2);
const require = createRequire(join(process.env.HATHORA_TS_SDK, "package.json"));
const { HathoraCloud } = require("@hathora/cloud-sdk-typescript");
const cloud = new HathoraCloud({ serverURL, appId, hathoraDevToken: process.env.HATHORA_TOKEN });

const operations = {
  GetApp: () => cloud.appsV2.getApp(),
  GetLatestDeployment: () => cloud.deploymentsV3.getLatestDeployment(),
  CreateRoom: () => cloud.roomsV2.createRoom({ region: "Tokyo", roomConfig: "{}" }),
};

async function repeat(operation, left) {
  while (left.calls-- > 0) await operation();
}

for await (const line of createInterface({ input: process.stdin })) {
  const { operation, calls, at_once } = JSON.parse(line);
  const left = { calls };
  const start = performance.now();
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: at_once }, () => repeat(operations[operation], left)));
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ wall, cpu: (user + system) / 1e6 }));
}
