// Drives a Hathora API through the TypeScript SDK, as a studio's pipeline and matchmaker do.
// Prints what it saw as one JSON object; any refusal is an exception and a non-zero exit code.
//
//   HATHORA_TS_SDK=<folder that holds node_modules> HATHORA_TOKEN=… node sdk.mjs ENDPOINT APP ARCHIVE

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const [endpoint, appName, archivePath] = process.argv.slice(2);
const require = createRequire(join(process.env.HATHORA_TS_SDK, "package.json"));
const { HathoraCloud } = require("@hathora/cloud-sdk-typescript");

const text = async (stream) => await new Response(stream).text();

const cloud = new HathoraCloud({
  serverURL: endpoint,
  hathoraDevToken: process.env.HATHORA_TOKEN,
});

const app = await cloud.appsV2.createApp({ appName, authConfiguration: { anonymous: {} } });
const { appId } = app;

const archive = await readFile(archivePath);
const build = await cloud.buildsV3.createBuild({
  buildSizeInBytes: archive.length,
  buildTag: "from-the-sdk",
});
const etags = await Promise.all(
  build.uploadParts.map(async ({ partNumber, putRequestUrl }) => {
    const start = (partNumber - 1) * build.maxChunkSize;
    const answer = await fetch(putRequestUrl, {
      method: "PUT",
      headers: { "Content-Type": "application/octet-stream" },
      body: archive.subarray(start, start + build.maxChunkSize),
    });
    if (!answer.ok) throw new Error(`part ${partNumber}: ${answer.status} ${await answer.text()}`);
    return `<Part><PartNumber>${partNumber}</PartNumber><ETag>${answer.headers.get("ETag")}</ETag></Part>`;
  }),
);
const completed = await fetch(build.completeUploadPostRequestUrl, {
  method: "POST",
  headers: { "Content-Type": "application/xml" },
  body: `<CompleteMultipartUpload>${etags.join("")}</CompleteMultipartUpload>`,
});
if (!completed.ok) throw new Error(`complete: ${completed.status} ${await completed.text()}`);

const buildLog = await text(await cloud.buildsV3.runBuild(build.buildId));
const verdict = await cloud.buildsV3.getBuild(build.buildId);

const deployment = await cloud.deploymentsV3.createDeployment(
  {
    buildId: build.buildId,
    containerPort: 7777,
    transportType: "udp",
    requestedCPU: 0.5,
    requestedMemoryMB: 1024,
    roomsPerProcess: 1,
    idleTimeoutEnabled: false,
    env: [{ name: "MOTD", value: "a=b, c" }],
  },
  appId,
);
const latest = await cloud.deploymentsV3.getLatestDeployment(appId);

const room = await cloud.roomsV2.createRoom(
  { region: "Washington_DC", roomConfig: '{"seconds": 1}' },
  appId,
);
let connection;
do {
  await sleep(100);
  connection = await cloud.roomsV2.getConnectionInfo(room.roomId, appId);
} while (connection.status !== "active");

const processLog = await text(await cloud.logsV1.getLogsForProcess(room.processId, appId));
const processes = await cloud.processesV3.getLatestProcesses(appId);
const roomInfo = await cloud.roomsV2.getRoomInfo(room.roomId, appId);

await cloud.processesV3.stopProcess(room.processId, appId);
let stopped;
do {
  await sleep(100);
  stopped = await cloud.processesV3.getProcess(room.processId, appId);
} while (!["stopped", "failed"].includes(stopped.status));

let refusal;
try {
  await cloud.roomsV2.getConnectionInfo("no-such-room", appId);
} catch (error) {
  refusal = { name: error.constructor.name, status: error.statusCode, message: error.message };
}

console.log(
  JSON.stringify({
    app,
    parts: build.uploadParts.length,
    buildLog,
    verdict,
    deployment,
    latest,
    room,
    connection,
    processLog,
    processes,
    roomInfo,
    stopped,
    refusal,
  }),
);
