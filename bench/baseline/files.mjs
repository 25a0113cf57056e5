// A bare node:http server that keeps files: temporary name, flush, rename; and streams them back.
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const { DIRECTORY } = process.env;
let puts = 0;

const verbs = {
  PUT: async (path, req, res) => {
    puts += 1;
    const temporary = `${path}.${puts}.tmp`;
    await pipeline(req, createWriteStream(temporary, { flush: true }));
    await rename(temporary, path);
    res.writeHead(204).end();
  },
  GET: async (path, _req, res) => {
    const { size } = await stat(path);
    res.writeHead(200, { 'Content-Length': size });
    await pipeline(createReadStream(path), res);
  },
  DELETE: async (path, _req, res) => {
    await rm(path);
    res.writeHead(204).end();
  },
};

const server = createServer((req, res) => {
  verbs[req.method](join(DIRECTORY, req.url), req, res).catch(() => res.destroy());
});
server.requestTimeout = 0;
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
process.on('SIGTERM', () => process.exit(0));
