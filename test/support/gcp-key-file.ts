import { generateKeyPairSync } from 'node:crypto';

/** A private key as a service account's key file carries it; nobody has ever used it. */
export const PRIVATE_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string;
export const CLIENT_EMAIL = 'storage@their-project.iam.gserviceaccount.com';

/** The JSON key file of a service account. */
export const keyFile = (over: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    type: 'service_account',
    project_id: 'their-project',
    private_key_id: '0123456789abcdef0123456789abcdef01234567',
    private_key: PRIVATE_KEY,
    client_email: CLIENT_EMAIL,
    client_id: '100000000000000000000',
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: 'https://oauth2.googleapis.com/token',
    universe_domain: 'googleapis.com',
    ...over,
  });
