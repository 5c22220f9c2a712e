// An OpenID provider by other hands, whose users consent at once: `login_hint` says who signs in.
//
// Prints its issuer, reads the origin of its client from standard input, prints `ready`, and serves until it is told
// to end. Of the names, `deny` refuses, `unverified` has an address that nobody vouches for, and what follows a dot
// (`ada.second`) is another subject with the same address.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import Provider from 'oidc-provider';

// One client per algorithm that an ID token may be signed with; the clients are named after them.
const KEYS = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: generateKeyPairSync('ed25519'),
};
const SECRET = process.env.CLIENT_SECRET;
const SCOPES = 'openid email profile';

const server = createServer();
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;
console.log(issuer);
const [origin] = await once(createInterface(process.stdin), 'line');

const provider = new Provider(issuer, {
  clients: Object.keys(KEYS).map((alg) => ({
    client_id: alg,
    client_secret: SECRET,
    redirect_uris: [`${origin}/auth/callback/${alg.toLowerCase()}`],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    id_token_signed_response_alg: alg,
  })),
  jwks: {
    keys: Object.entries(KEYS).map(([alg, { privateKey }]) => ({ ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: alg })),
  },
  enabledJWA: { idTokenSigningAlgValues: Object.keys(KEYS) },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  pkce: { required: () => true },
  // Claims of the scopes in the ID token itself, as Google does it.
  conformIdTokenClaims: false,
  scopes: SCOPES.split(' '),
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: () => ({ sub, email: `${sub.split('.')[0]}@example.test`, email_verified: sub !== 'unverified', name: `Foreign ${sub}` }),
  }),
  loadExistingGrant: async ({ oidc }) => {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope(SCOPES);
    await grant.save();
    return grant;
  },
});

const serve = provider.callback();
server.on('request', async (request, response) => {
  if (!request.url.startsWith('/interaction/')) {
    serve(request, response);
    return;
  }
  const { prompt, params } = await provider.interactionDetails(request, response);
  const user = params.login_hint;
  const login = user === 'deny' ? { error: 'access_denied' } : { login: { accountId: user } };
  await provider.interactionFinished(request, response, prompt.name === 'login' ? login : { consent: {} });
});
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  process.stdin.destroy();
});
console.log('ready');
