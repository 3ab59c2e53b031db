import { get } from 'node:http';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { isLoopback } from '../../sinks/websocket/admission.ts';
import { type DashboardServer, serveDashboard } from '../../sinks/websocket/dashboardServer.ts';
import { Client } from './websocketClient.ts';

let open: DashboardServer;
let guarded: DashboardServer;
const token = 'a token of enough length';

beforeAll(async () => {
  open = await serveDashboard({ port: 0 });
  guarded = await serveDashboard({ port: 0, token });
});
afterAll(async () => {
  await open.close();
  await guarded.close();
});

/** The HTTP status that refuses a connection, or 101. */
function knock(server: DashboardServer, headers: Record<string, string>, path = '', protocols: string[] = []) {
  return new Promise<number>((resolve) => {
    const socket = new WebSocket(server.url.replace('http', 'ws') + path, protocols, { headers });
    socket.on('error', () => {});
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
  });
}

function fetchRaw(path: string, method = 'GET'): Promise<{ status: number; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: open.port, path, method }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, headers: response.headers });
    }).on('error', reject);
  });
}

describe('who may read', () => {
  it('lets in programs and its own page', async () => {
    expect(await knock(open, {})).toBe(101);
    expect(await knock(open, { Origin: `http://127.0.0.1:${open.port}` })).toBe(101);
    expect(await knock(open, {}, '', ['onager.json.v1'])).toBe(101);
  });

  it('refuses pages of other origins, another port included', async () => {
    expect(await knock(open, { Origin: 'http://evil.example' })).toBe(403);
    expect(await knock(open, { Origin: 'http://127.0.0.1:1' })).toBe(403);
    expect(await knock(open, { Origin: 'null' })).toBe(403);
  });

  it('refuses a name that has been pointed at this machine', async () => {
    const rebound = `evil.example:${open.port}`;
    expect(await knock(open, { Host: rebound, Origin: `http://${rebound}` })).toBe(403);
    expect(await knock(open, { Host: '127.0.0.1.evil.example' })).toBe(403);
  });

  it('refuses other paths and other subprotocols', async () => {
    expect(await knock(open, {}, 'elsewhere')).toBe(404);
    expect(await knock(open, {}, '/x')).toBe(404);
    expect(await knock(open, {}, '', ['onager.arrow.v9'])).toBe(400);
  });

  it('asks for the token where there is one', async () => {
    const offer = (text: string) => ['onager.json.v1', `onager.token.${Buffer.from(text).toString('base64url')}`];
    for (const protocols of [['onager.json.v1'], offer('wrong'), offer(`${token}x`)]) {
      const client = new Client(guarded.url, protocols);
      expect((await client.closed).code).toBe(4401);
      expect(client.state).toBe('');
    }
    const client = new Client(guarded.url, offer(token));
    await client.until(() => client.state === 'waiting');
    expect(client.socket.protocol).toBe('onager.json.v1');
    await client.drop();
    expect(await knock(guarded, { Origin: 'http://evil.example' }, '', offer(token))).toBe(403);
  });

  it('binds nothing but loopback without a token, and no token that can be guessed', async () => {
    await expect(serveDashboard({ port: 0, host: '0.0.0.0' })).rejects.toThrow('give a token, or bind 127.0.0.1');
    await expect(serveDashboard({ port: 0, token: 'short' })).rejects.toThrow('16 or more');
    await expect(serveDashboard({ port: 70000 })).rejects.toThrow(
      'port 70000: expected a whole number from 0 to 65535',
    );
    await expect(serveDashboard({ port: 0, host: '203.0.113.1', token })).rejects.toThrow(
      '203.0.113.1 is not an address',
    );
    const everywhere = await serveDashboard({ port: 0, host: '0.0.0.0', token });
    expect(new URL(everywhere.url).port).toBe(String(everywhere.port));
    await everywhere.close();
  });

  it('knows loopback by name', () => {
    for (const name of ['localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]', 'a.localhost']) {
      expect(isLoopback(name), name).toBe(true);
    }
    for (const name of ['', '0.0.0.0', '::', '127.0.0.1.evil', '10.0.0.1', 'localhost.evil']) {
      expect(isLoopback(name), name).toBe(false);
    }
  });
});

describe('a request that no browser makes', () => {
  it.each(['//', '//[', 'http://[', '*', '/\\x00'])('is refused when it asks for %s', async (path) => {
    const socket = createConnection(open.port, '127.0.0.1');
    const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
    socket.on('error', () => {});
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    expect(await answer).toMatch(/^HTTP\/1.1 4\d\d /);
    socket.destroy();
  });
});

describe('what clients may send', () => {
  it.each([
    ['text that is not JSON', (socket: WebSocket) => socket.send('{"type'), 1007],
    ['text that is not UTF-8', (socket: WebSocket) => socket.send(Buffer.from([0xff, 0xfe]), { binary: false }), 1007],
    ['a message', (socket: WebSocket) => socket.send('{"type":"stop"}'), 1008],
    ['a binary frame', (socket: WebSocket) => socket.send(Buffer.alloc(8)), 1008],
    ['a large frame', (socket: WebSocket) => socket.send('x'.repeat(5000)), 1009],
  ])('closes for %s, and for that client only', async (_what, send, code) => {
    const bystander = new Client(open.url);
    const client = new Client(open.url);
    await client.until(() => client.state === 'waiting' && bystander.state === 'waiting');
    send(client.socket);
    expect((await client.closed).code).toBe(code);
    expect(bystander.socket.readyState).toBe(WebSocket.OPEN);
    await bystander.drop();
  });
});

describe('the page files', () => {
  it.each([
    '/../package.json',
    '/..%2fpackage.json',
    '/%2e%2e/%2e%2e/package.json',
    '/assets/../../package.json',
    '/..\\package.json',
    '/etc/passwd',
    '//etc/passwd',
    '/index.html/',
    '/%00',
    '/%',
  ])('keeps %s to itself', async (path) => {
    const { status, headers } = await fetchRaw(path);
    // 503 where the page has not been built.
    expect([404, 503]).toContain(status);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });

  it('takes only GET and HEAD', async () => {
    expect((await fetchRaw('/', 'POST')).status).toBe(405);
  });
});
