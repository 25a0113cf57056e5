/**
 * Where a store is and how one gets in. The secrets lie open here, for the moment of use only. There is always
 * an explicit credential: the host's own role is never used.
 */
export type StoreAddress =
  | {
      readonly provider: 'aws' | 's3compat';
      readonly region: string;
      /** Base URL, path style; for aws only where it is not the region's own. */
      readonly endpoint?: string | undefined;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
    }
  | {
      readonly provider: 'gcp';
      readonly clientEmail: string;
      /** PEM. */
      readonly privateKey: string;
      readonly projectId?: string | undefined;
    };
