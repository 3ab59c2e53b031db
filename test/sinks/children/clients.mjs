// Opens clients of a server, of which the last ones never read: clients.mjs URL COUNT READING
import { WebSocket } from 'ws';

const [url, count, reading] = process.argv.slice(2);
let rows = 0;
let open = 0;
for (let index = 0; index < Number(count); index++) {
  const socket = new WebSocket(url.replace('http', 'ws'), 'onager.json.v1');
  socket.on('open', () => {
    if (index >= Number(reading)) socket.pause();
    if (++open === Number(count)) console.log('open');
  });
  // What is counted is what arrives; the text is not parsed, which would take the processor from the server under test.
  socket.on('message', (data) => {
    if (data.length > 9 && data.toString('latin1', 9, 13) === 'rows')
      rows += Number(/"count":(\d+)/.exec(data.toString('latin1', 0, 120))[1]);
  });
  socket.on('error', () => {});
}
process.stdin.on('data', () => console.log(`rows ${rows}`));
process.stdin.on('end', () => process.exit());
