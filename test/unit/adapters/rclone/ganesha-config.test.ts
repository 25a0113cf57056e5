import { describe, expect, it } from 'vitest';
import { ganeshaText, type NfsExport } from '../../../../src/adapters/rclone/ganesha-config.js';

const WANTED: NfsExport = {
  fileSystemId: '01990000-0000-7000-8000-000000000000',
  port: 21_002,
  shown: '/data/gateways/token/exports/one/nfs/mount',
  recovery: '/data/gateways/token/exports/one/nfs/recovery',
  readOnly: false,
};
const textOf = (over: Partial<NfsExport> = {}) => ganeshaText({ ...WANTED, ...over });
const linesOf = (over: Partial<NfsExport> = {}): readonly string[] =>
  textOf(over)
    ._unsafeUnwrap()
    .split('\n')
    .map((line) => line.trim());

describe('what nfs-ganesha is told of an export', () => {
  it('serves one directory, over NFSv4 only, to this host only', () => {
    const lines = linesOf();
    expect(lines).toEqual(
      expect.arrayContaining([
        'Bind_addr = 127.0.0.1;',
        'NFS_Port = 21002;',
        `Path = "${WANTED.shown}";`,
        `Pseudo = "/${WANTED.fileSystemId}";`,
        'Clients = 127.0.0.1;',
      ]),
    );
    expect(lines.filter((line) => line.startsWith('Protocols ='))).toEqual(Array(3).fill('Protocols = 4;'));
    expect(lines.filter((line) => /^EXPORT \{|^CLIENT \{/.test(line))).toEqual(['EXPORT {', 'CLIENT {']);
    expect(lines.filter((line) => line.startsWith('Clients ='))).toEqual(['Clients = 127.0.0.1;']);
  });

  it('lets nobody in but by the one rule for this host, for reading only once it drains', () => {
    const access = (readOnly: boolean) =>
      linesOf({ readOnly }).filter((line) => line.startsWith('Access_Type'));
    expect(access(false)).toEqual(['Access_Type = None;', 'Access_Type = RW;']);
    expect(access(true)).toEqual(['Access_Type = None;', 'Access_Type = RO;']);
  });

  it('keeps nothing in mind that WebDAV may change', () => {
    expect(linesOf()).toEqual(
      expect.arrayContaining(['Attr_Expiration_Time = 0;', 'Dir_Chunk = 0;', 'Delegations = false;']),
    );
  });

  it('takes directories as they are called, and none whose name would say more than a name', () => {
    const shown = "/a b/ünï #;{}=%$'/mount";
    expect(linesOf({ shown })).toContain(`Path = "${shown}";`);
    const more = '/a";\n}\nEXPORT { Path = "/etc';
    for (const bad of [more, '/a"b', '/a\\', '/a\nb', '/a\u0000b', '/a\u007fb'])
      for (const over of [{ shown: bad }, { recovery: bad }, { fileSystemId: bad }])
        expect(textOf(over)._unsafeUnwrapErr()).toEqual({
          kind: 'unwritable',
          what: 'the directory it lies in',
        });
  });
});
