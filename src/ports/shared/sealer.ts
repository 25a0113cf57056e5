import type { Brand } from '../../domain/shared/brand.js';

/** An account's data key, encrypted under the deployment's key. Dropping it erases all it sealed. */
export type DataKey = Brand<string, 'DataKey'>;
/** Authenticated ciphertext, as text. */
export type Sealed = Brand<string, 'Sealed'>;
/** The one place a sealed value may stand: moved to another row or column it does not open. */
export type Place = { readonly table: string; readonly column: string; readonly row: string };

/** AES-256-GCM; the first key of TOLLHOUSE_SECRET_KEY seals, every key opens. */
export type Sealer = {
  readonly newDataKey: (accountId: string) => DataKey;
  readonly seal: (key: DataKey, accountId: string, place: Place, plain: string) => Sealed;
  /** The same key under the first secret key; itself when it is there already. What it sealed stays as it is. */
  readonly rewrap: (key: DataKey, accountId: string) => DataKey;
  /** A value that does not open is a defect (wrong key, moved or edited row), hence a throw. */
  readonly open: (key: DataKey, accountId: string, place: Place, sealed: Sealed) => string;
};
