// npm's mqtt as an outside client. Reads one request from standard input, writes one line of JSON.
// { url, version, gateway, token, publish: [{ topic, payload }], notices: how many to wait for }
//   -> { results: [Reason Code of each acknowledgement], notices: [what came on the topic errors] }
import mqtt from 'mqtt';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

const { url, version, gateway, token, publish, notices: expected } = JSON.parse(await text(process.stdin));
const client = mqtt.connect(url, { protocolVersion: version, clientId: gateway, username: gateway, password: token, reconnectPeriod: 0 });
const notices = [];
client.on('message', (topic, payload) => notices.push(JSON.parse(payload)));
await once(client, 'connect');
await client.subscribeAsync(`sc/1/${gateway}/errors`, { qos: 1 });

const results = [];
for (const { topic, payload } of publish) {
  results.push(await client.publishAsync(topic, payload, { qos: 1 }).then((packet) => packet?.reasonCode ?? 0, (error) => error.code));
}

while (notices.length < expected) await once(client, 'message');
await client.endAsync();
console.log(JSON.stringify({ results, notices }));
