import type { Served } from '../../../domain/fleet/file-system.js';
import { type Html, html } from '../kit/html.js';

/** Text as a shell takes it for one word. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const copy = (id: string, name: string): Html =>
  html`<button type="button" class="quiet small" data-copy="${id}" data-name="${name}" hidden>Copy<span class="hidden"> ${name}</span></button>`;

const fact = (id: string, name: string, value: string): Html =>
  html`<div><dt>${name}</dt><dd><code id="${id}">${value}</code> ${copy(id, name)}</dd></div>`;

/** Read only by whoever opens it, so that nobody sees it over a shoulder. */
const secret = (id: string, name: string, value: string): Html =>
  html`<div><dt>${name}</dt><dd><details><summary>Show</summary><code id="${id}">${value}</code></details> ${copy(id, name)}</dd></div>`;

const command = (id: string, name: string, lines: readonly string[]): Html =>
  html`<pre><code id="${id}">${lines.join('\n')}</code></pre><p>${copy(id, name)}</p>`;

/** The password is typed at a prompt: neither a list of processes nor the shell's history gets to know it. */
const rclone = ({
  url,
  username,
}: {
  readonly url: string;
  readonly username: string;
}): readonly string[] => [
  'export RCLONE_CONFIG_TOLLHOUSE_TYPE=webdav RCLONE_CONFIG_TOLLHOUSE_VENDOR=other',
  `export RCLONE_CONFIG_TOLLHOUSE_URL=${quoted(url)}`,
  `export RCLONE_CONFIG_TOLLHOUSE_USER=${quoted(username)}`,
  // One command over several lines: pasted as a whole, none of them is taken for the password.
  "printf 'Password: ' && read -rs password && mkdir -p ~/tollhouse && \\",
  '  export RCLONE_CONFIG_TOLLHOUSE_PASS="$(printf %s "$password" | rclone obscure -)" && \\',
  '  rclone mount tollhouse: ~/tollhouse --vfs-cache-mode writes',
];

const davfs = (url: string): readonly string[] => [
  'sudo mkdir -p /mnt/tollhouse',
  `sudo mount -t davfs -o uid="$(id -u)" ${quoted(url)} /mnt/tollhouse`,
];

const nfs = ({ server, port, path }: NonNullable<Served['nfs']>): readonly string[] => [
  'sudo mkdir -p /mnt/tollhouse',
  `sudo mount -t nfs4 -o port=${port} ${quoted(`${server}:${path}`)} /mnt/tollhouse`,
];

const overWebdav = (webdav: NonNullable<Served['webdav']>, password: string | undefined): Html =>
  html`<dl class="facts">${fact('address', 'Address', webdav.url)}${fact('username', 'User name', webdav.username)}${
    password !== undefined && secret('password', 'Password', password)
  }</dl>
<h3>Mount it with rclone</h3>${command('with-rclone', 'the rclone commands', rclone(webdav))}
<h3>Mount it with davfs2</h3><p>It asks for the user name and the password.</p>${command('with-davfs', 'the davfs2 commands', davfs(webdav.url))}`;

const overNfs = (served: NonNullable<Served['nfs']>): Html =>
  html`<h3>Mount it over NFS</h3>${command('with-nfs', 'the NFS commands', nfs(served))}`;

/** Where a file system is served, and how one gets it onto a machine of one's own. */
export const accessView = (served: Served | undefined, password: string | undefined): Html =>
  served?.webdav || served?.nfs
    ? html`${served.webdav && overWebdav(served.webdav, password)}${served.nfs && overNfs(served.nfs)}`
    : html`<p>It has an address while it is served.</p>`;
