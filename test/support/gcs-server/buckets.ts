import { createHash } from 'node:crypto';
import { Crc32c } from '@aws-crypto/crc32c';
import { conditionNotMet, invalid, noBucket, noObject, refusal } from './refusal.js';

/** What a sender may say of an object beside its bytes. */
export type ObjectFields = {
  readonly name?: string;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly md5Hash?: string;
  readonly crc32c?: string;
};
/** One generation of an object, as its resource shows it, with its bytes. */
export type Version = ObjectFields & {
  readonly name: string;
  readonly bucket: string;
  readonly generation: string;
  readonly timeCreated: string;
  readonly md5Hash: string;
  readonly crc32c: string;
  readonly bytes: Buffer;
};
export type BucketFields = {
  readonly name: string;
  readonly location?: string;
  readonly iamConfiguration?: unknown;
};
export type Preconditions = {
  readonly generation: string | null;
  readonly ifGenerationMatch: string | null;
  readonly ifGenerationNotMatch: string | null;
};

const crc32cOf = (bytes: Uint8Array): string => {
  const digest = Buffer.alloc(4);
  digest.writeUInt32BE(new Crc32c().update(bytes).digest());
  return digest.toString('base64');
};

/** The documented demands on an object's name. */
const checkName = (name: string): void => {
  if (name === '') throw refusal(400, 'required', 'Required');
  if (Buffer.byteLength(name) > 1024 || /[\r\n]/.test(name) || name === '.' || name === '..')
    throw invalid(`Disallowed unicode characters present in object name '${name}'`);
};

const check = (current: Version | undefined, conditions: Preconditions): void => {
  const { ifGenerationMatch: match, ifGenerationNotMatch: notMatch } = conditions;
  const generation = current?.generation ?? '0';
  if (match !== null && match !== generation) throw conditionNotMet();
  if (notMatch !== null && notMatch === generation) throw conditionNotMet();
};

/** Buckets and their objects; every call takes effect at one moment. */
export const bucketsInMemory = () => {
  const buckets = new Map<
    string,
    { readonly fields: BucketFields; readonly objects: Map<string, Version> }
  >();
  let lastGeneration = BigInt(Date.now()) * 1000n;
  const existing = (name: string) => {
    const bucket = buckets.get(name);
    if (!bucket) throw noBucket();
    return bucket;
  };
  const find = (bucket: string, name: string, conditions: Preconditions): Version => {
    const version = existing(bucket).objects.get(name);
    if (!version) throw noObject(bucket, name);
    if (conditions.generation !== null && conditions.generation !== version.generation)
      throw noObject(bucket, name);
    check(version, conditions);
    return version;
  };

  return {
    insertBucket: (fields: BucketFields): BucketFields => {
      if (!/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/.test(fields.name))
        throw invalid(`Invalid bucket name: '${fields.name}'`);
      if (buckets.has(fields.name))
        throw refusal(409, 'conflict', 'Your previous request to create the named bucket succeeded.');
      buckets.set(fields.name, { fields, objects: new Map() });
      return fields;
    },
    bucket: (name: string): BucketFields => existing(name).fields,
    deleteBucket: (name: string): void => {
      if (existing(name).objects.size > 0)
        throw refusal(409, 'conflict', 'The bucket you tried to delete is not empty.');
      buckets.delete(name);
    },
    /** Whether a write would replace something, which takes the right to delete it. */
    holds: (bucket: string, name: string): boolean => buckets.get(bucket)?.objects.has(name) ?? false,
    insert: (bucket: string, fields: ObjectFields, bytes: Buffer, conditions: Preconditions): Version => {
      const { name = '', md5Hash: announcedMd5, crc32c: announcedCrc32c, ...said } = fields;
      checkName(name);
      const { objects } = existing(bucket);
      check(objects.get(name), conditions);
      const md5Hash = createHash('md5').update(bytes).digest('base64');
      const crc32c = crc32cOf(bytes);
      if ((announcedMd5 ?? md5Hash) !== md5Hash || (announcedCrc32c ?? crc32c) !== crc32c)
        throw invalid('Provided hash does not match the calculated hash.');
      lastGeneration += 1n;
      const generation = String(lastGeneration);
      const timeCreated = new Date().toISOString();
      const version = { ...said, name, bucket, generation, timeCreated, md5Hash, crc32c, bytes };
      objects.set(name, version);
      return version;
    },
    find,
    remove: (bucket: string, name: string, conditions: Preconditions): void => {
      find(bucket, name, conditions);
      existing(bucket).objects.delete(name);
    },
    objects: (bucket: string): readonly Version[] => [...existing(bucket).objects.values()],
  };
};
export type Buckets = ReturnType<typeof bucketsInMemory>;

/** The resource that stands for an object: numbers of 64 bits are strings, as everywhere in Google's APIs. */
export const resourceOf = ({ bytes, ...version }: Version) => ({
  kind: 'storage#object',
  id: `${version.bucket}/${version.name}/${version.generation}`,
  ...version,
  metageneration: '1',
  size: String(bytes.length),
  updated: version.timeCreated,
  storageClass: 'STANDARD',
  etag: Buffer.from(`\b${version.generation}`).toString('base64'),
});
