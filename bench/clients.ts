import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

const program = `
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
let sockets = [];
let late = [];
const commands = {
  async open(count, url, protocol, timed) {
    late = [];
    let over = 0;
    sockets = Array.from({ length: Number(count) }, () => {
      const socket = new WebSocket(url, protocol);
      socket.on('message', (data, binary) => {
        if (binary) return;
        if (timed && data.latin1Slice(0, 14) === '{"type":"rows"') {
          const now = performance.timeOrigin + performance.now();
          for (const at of JSON.parse(data).columns.seconds) late.push(now - at);
        } else if (data.length < 200 && data.latin1Slice().includes('"complete"}') && ++over === sockets.length) console.log('over');
      });
      return socket;
    });
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.on('open', resolve))));
    console.log('open');
  },
  late() {
    console.log(JSON.stringify(late));
  },
  close() {
    for (const socket of sockets) socket.terminate();
    console.log('closed');
  },
};
createInterface({ input: process.stdin }).on('line', (line) => {
  const [command, ...args] = line.split(' ');
  commands[command](...args);
});
`;

/** Clients in a process of their own, which look at no more than the first bytes of a frame. */
export class Clients {
  readonly #child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  readonly #lines = createInterface({ input: this.#child.stdout });

  async ask(command: string): Promise<string> {
    const answer = this.line();
    this.#child.stdin.write(`${command}\n`);
    return answer;
  }

  async line(): Promise<string> {
    return String((await once(this.#lines, 'line'))[0]);
  }

  stop(): void {
    this.#child.kill();
  }
}
