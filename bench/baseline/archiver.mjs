// A bare node:http server that sends a directory as a ZIP archive, uncompressed, with the `archiver` package.
import { createServer } from 'node:http';
import { join } from 'node:path';
import { ZipArchive } from 'archiver';

const { DIRECTORY } = process.env;

const server = createServer((req, res) => {
  const archive = new ZipArchive({ store: true });
  archive.on('error', () => res.destroy());
  archive.pipe(res);
  archive.directory(join(DIRECTORY, req.url), false);
  archive.finalize();
});
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
process.on('SIGTERM', () => process.exit(0));
