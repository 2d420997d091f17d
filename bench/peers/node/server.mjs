// The endpoints of ActorHttp on node's http module alone, written as in its documentation: node server.mjs PORT DIRECTORY

import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { constants, createGzip, gzip } from 'node:zlib';

const [port, directory] = process.argv.slice(2);
const compress = promisify(gzip);
// The other servers also compress at their fastest level.
const level = { level: constants.Z_BEST_SPEED };
let uploads = 0;

const acceptsGzip = request => request.headers['accept-encoding']?.includes('gzip');
const coding = { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' };

function text(response, body, fields = {}, status = 200) {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(body), ...fields });
  response.end(body);
}

async function echo(request, response, value) {
  if (acceptsGzip(request))
    text(response, await compress(value, level), coding);
  else
    text(response, value);
}

async function echoBody(request, response) {
  response.setHeader('Content-Type', request.headers['content-type'] ?? 'application/octet-stream');
  if (acceptsGzip(request)) {
    response.writeHead(200, coding);
    await pipeline(request, createGzip(level), response);
  } else {
    await pipeline(request, response);
  }
}

async function download(response, path) {
  let found;
  try {
    found = await stat(path);
  } catch {
    // The file does not exist.
  }
  if (!found?.isFile())
    return notFound(response);
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream', 'Content-Length': found.size, 'Last-Modified': found.mtime.toUTCString(),
  });
  await pipeline(createReadStream(path), response);
}

async function upload(request, response, path) {
  const temporary = `${path}.${uploads++}`;
  try {
    await pipeline(request, createWriteStream(temporary));
    const replaced = await stat(path).then(() => true, () => false);
    await rename(temporary, path);
    response.writeHead(replaced ? 204 : 201).end();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function notFound(response) {
  text(response, 'Not found\n', {}, 404);
}

async function answer(request, response) {
  const path = decodeURIComponent(request.url);
  if (request.method === 'GET' && path.startsWith('/echo/'))
    await echo(request, response, path.slice('/echo/'.length));
  else if (request.method === 'GET' && path === '/user-agent')
    text(response, request.headers['user-agent'] ?? '');
  else if (request.method === 'POST' && path === '/echo')
    await echoBody(request, response);
  else if (request.method === 'GET' && path.startsWith('/files/'))
    await download(response, join(directory, normalize(path.slice('/files'.length))));
  else if (request.method === 'PUT' && path.startsWith('/files/'))
    await upload(request, response, join(directory, normalize(path.slice('/files'.length))));
  else
    notFound(response);
}

createServer((request, response) => {
  answer(request, response).catch(error => response.destroy(error));
}).listen({ port: Number(port), host: '127.0.0.1', backlog: 1024 });
