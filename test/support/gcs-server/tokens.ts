import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { errors, jwtVerify } from 'jose';

/** The endpoint's present name, and the one that Google's libraries still sign for. */
const AUDIENCES = ['https://oauth2.googleapis.com/token', 'https://www.googleapis.com/oauth2/v4/token'];
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const SECONDS = 3599;

/** A service account of its own, and the endpoint that gives an access token for an assertion it signed. */
export const tokenEndpoint = () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const serviceAccount = {
    type: 'service_account',
    project_id: 'tollhouse-test',
    client_email: 'store@tollhouse-test.iam.gserviceaccount.com',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  } as const;
  const granted = new Set<string>();
  const refuse = (error: string, error_description: string) =>
    ({ status: 400, body: { error, error_description } }) as const;

  return {
    serviceAccount,
    grant: async (form: URLSearchParams) => {
      if (form.get('grant_type') !== GRANT) return refuse('unsupported_grant_type', 'Invalid grant_type.');
      try {
        const { payload } = await jwtVerify(form.get('assertion') ?? '', publicKey, {
          audience: AUDIENCES,
          algorithms: ['RS256'],
          requiredClaims: ['iss', 'scope', 'iat', 'exp'],
          maxTokenAge: '1 hour',
        });
        if (payload.iss !== serviceAccount.client_email)
          return refuse('invalid_grant', 'Invalid grant: account not found');
      } catch (error) {
        if (error instanceof errors.JOSEError) return refuse('invalid_grant', 'Invalid JWT Signature.');
        throw error;
      }
      const access_token = `ya29.${randomBytes(24).toString('base64url')}`;
      granted.add(access_token);
      return { status: 200, body: { access_token, expires_in: SECONDS, token_type: 'Bearer' } } as const;
    },
    knows: (authorization: string | undefined): boolean =>
      granted.has(/^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? ''),
    /** No token given so far is good any more. */
    revoke: () => granted.clear(),
    /** How many tokens are good. */
    count: () => granted.size,
  };
};
