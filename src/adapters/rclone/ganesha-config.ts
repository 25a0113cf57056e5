import { err, ok, type Result } from 'neverthrow';
import type { Unwritable } from './config-files.js';

/** Signs that end a quoted text or begin something in it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNQUOTABLE = /[\u0000-\u001f\u007f"\\]/;
/** NFS has no login: who can reach the port, reads and writes. */
export const NFS_HOST = '127.0.0.1';

/** The path that clients mount. Names of file systems are plain. */
export const nfsPathOf = (fileSystemId: string): string => `/${fileSystemId}`;

export type NfsExport = {
  readonly fileSystemId: string;
  readonly port: number;
  /** The directory that is shown. */
  readonly shown: string;
  /** Where the server keeps what it knows of its clients. */
  readonly recovery: string;
  readonly readOnly: boolean;
};

/**
 * What nfs-ganesha is told of one export: no secret, and nothing that came from outside but a plain name. Nothing is
 * kept of attributes and listings, for WebDAV changes the same files; clients of all names are the one who owns them.
 */
export const ganeshaText = (wanted: NfsExport): Result<string, Unwritable> => {
  const { fileSystemId, port, shown, recovery, readOnly } = wanted;
  if ([shown, recovery, fileSystemId].some((text) => UNQUOTABLE.test(text)))
    return err({ kind: 'unwritable', what: 'the directory it lies in' });
  return ok(`NFS_CORE_PARAM {
  Bind_addr = ${NFS_HOST};
  NFS_Port = ${port};
  Protocols = 4;
  Enable_UDP = false;
  Enable_NLM = false;
  Enable_RQUOTA = false;
}
NFSv4 {
  Graceless = true;
  Delegations = false;
  Only_Numeric_Owners = true;
  RecoveryBackend = fs;
  RecoveryRoot = "${recovery}";
}
NFS_KRB5 {
  Active_krb5 = false;
}
MDCACHE {
  Dir_Chunk = 0;
}
EXPORT_DEFAULTS {
  Attr_Expiration_Time = 0;
}
EXPORT {
  Export_Id = 1;
  Path = "${shown}";
  Pseudo = "${nfsPathOf(fileSystemId)}";
  Protocols = 4;
  Transports = TCP;
  SecType = sys;
  Squash = All_Squash;
  Anonymous_Uid = 0;
  Anonymous_Gid = 0;
  Access_Type = None;
  CLIENT {
    Clients = ${NFS_HOST};
    Protocols = 4;
    Access_Type = ${readOnly ? 'RO' : 'RW'};
  }
  FSAL {
    Name = VFS;
  }
}
`);
};
