import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addressOf } from './addressOf.ts';

/** The built page, seen from the compiled library and from its sources. */
const directories = ['../../dashboard/', '../../dist/dashboard/'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const headers = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Answers a request with a file of the page: files are looked up by their whole name, so no path leads elsewhere. */
export async function servePage(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return text(response, 405, 'only GET and HEAD');
  }
  const page = await builtPage();
  if (page === undefined) {
    return text(response, 503, 'the dashboard page has not been built yet: run `npm run build`, then reload');
  }
  const pathname = addressOf(request)?.pathname ?? '';
  const name = pathname === '/' ? 'index.html' : pathname.slice(1);
  const type = contentTypes[extname(name)];
  if (type === undefined || !page.names.has(name)) return text(response, 404, 'not found');
  const body = await readFile(join(page.directory, name));
  response.writeHead(200, {
    ...headers,
    'Content-Type': type,
    'Content-Length': body.length,
    // The names of the assets change with their content.
    'Cache-Control': name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function builtPage(): Promise<{ directory: string; names: ReadonlySet<string> } | undefined> {
  for (const directory of directories) {
    const found = await readdir(directory, { recursive: true }).catch(() => []);
    const names = new Set(found.map((name) => name.replaceAll('\\', '/')));
    if (names.has('index.html')) return { directory, names };
  }
  return undefined;
}

function text(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { ...headers, 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(`${message}\n`);
}
