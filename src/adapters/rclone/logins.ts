import { readFile } from 'node:fs/promises';
import type { Random } from '../../ports/shared/random.js';
import { loginLine } from './config-files.js';
import { unlessAbsent, writeDurably } from './files.js';
import type { ExportPlace } from './records.js';
import { CONTROL_USER } from './remote-control.js';

const write = async (path: string, content: string): Promise<void> => {
  const before = await unlessAbsent(readFile(path, 'utf8'));
  if (before !== content) await writeDurably(path, content);
};

/** Makes the logins of an export: its client's, and ours. */
export const makeLogins = async (
  place: ExportPlace,
  { username, password }: { readonly username: string; readonly password: string },
  random: Random,
): Promise<void> => {
  const control = random.token(32);
  await writeDurably(place.controlPassword, control);
  await writeDurably(place.controlUsers, loginLine(CONTROL_USER, control));
  await writeDurably(place.client, loginLine(username, password));
};

/** The client may come in. */
export const logIn = async (place: ExportPlace): Promise<void> => {
  const [ours, client] = [await readFile(place.controlUsers, 'utf8'), await readFile(place.client, 'utf8')];
  await write(place.users, ours + client);
};

/** The client comes in no more; what it has begun goes on. rclone reads the file anew when it has changed. */
export const logOut = async (place: ExportPlace): Promise<void> =>
  write(place.users, await readFile(place.controlUsers, 'utf8'));
