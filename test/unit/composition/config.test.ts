import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../../src/composition/config.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tollhouse-config-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const read = (environment: Record<string, string>) =>
  readConfig({ TOLLHOUSE_DATA_DIR: directory, ...environment });
const LIVE = {
  DATABASE_URL: 'postgres://user:password@127.0.0.1/tollhouse',
  TOLLHOUSE_SECRET_KEY: 'a key of more than thirty-two characters',
  BASE_URL: 'https://api.example.com/',
  SMTP_URL: 'smtps://user:password@mail.example.com:465',
};

it('is a demo on loopback without a database, and makes its key once', () => {
  const first = read({});
  expect([first.profile, first.PORT, first.HOST, first.ROLE]).toEqual(['demo', 8080, '127.0.0.1', 'all']);
  expect(read({}).secretKeys).toEqual(first.secretKeys);
  expect(statSync(join(directory, 'secret-key')).mode & 0o777).toBe(0o600);
});

it('is live in production, with a database, or on an address that others reach', () => {
  for (const sign of [{ NODE_ENV: 'production' }, {}, { HOST: '0.0.0.0' }])
    expect(read({ ...LIVE, ...sign }).profile).toBe('live');
  expect(read(LIVE).BASE_URL).toBe('https://api.example.com');
});

it('makes nothing up when live: it names each setting that is missing', () => {
  for (const sign of [{ NODE_ENV: 'production' }, { DATABASE_URL: LIVE.DATABASE_URL }, { HOST: '::' }]) {
    const given: Record<string, string> = { ...sign };
    for (const name of Object.keys(LIVE).filter((other) => !(other in given))) {
      const { [name as keyof typeof LIVE]: _left, ...rest } = LIVE;
      expect(() => read({ ...rest, ...given }), name).toThrow(name);
    }
  }
});

it('names every setting that is wrong at once', () => {
  const wrong = {
    PORT: '99999',
    ROLE: 'boss',
    DATABASE_URL: 'mysql://x',
    TRUSTED_PROXIES: '10.0.0.0/8, nonsense',
    BASE_URL: 'ftp://x',
  };
  expect(() => read(wrong)).toThrow(ConfigError);
  for (const name of Object.keys(wrong)) expect(() => read(wrong)).toThrow(name);
  expect(() => read({ TRUSTED_PROXIES: 'nonsense' })).toThrow('"nonsense"');
});

it('takes an empty variable for one that is not set', () => {
  expect(read({ PORT: '', DATABASE_URL: '', TOLLHOUSE_SECRET_KEY: '' }).profile).toBe('demo');
});

it('reads lists, and keeps the order of keys', () => {
  const config = read({
    TOLLHOUSE_SECRET_KEY: 'new, old ,',
    CORS_ORIGINS: 'https://a.example, https://b.example',
  });
  expect(config.secretKeys).toEqual(['new', 'old']);
  expect(config.CORS_ORIGINS).toEqual(['https://a.example', 'https://b.example']);
});
