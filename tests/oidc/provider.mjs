// A certified OpenID provider (npm oidc-provider) for the tests, on a port of its own, with its built-in forms.
//
//   node provider.mjs FOLDER CALLBACK     FOLDER: what tools/test-npm printed
//
// Prints its issuer as the first line. POST /test/rotate: signs with a new key, and shows the old one as well.
// POST /test/forget: shows the newest key only. POST /test/full: ID tokens tell the address, too.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const [folder, callback] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(`${folder}/node_modules/oidc-provider/lib/index.js`));

function newKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
}

const client = (id, secret) => ({
  client_id: id,
  ...(secret ? { client_secret: secret } : { token_endpoint_auth_method: 'none' }),
  redirect_uris: [callback],
  grant_types: ['authorization_code'],
  response_types: ['code'],
});

function provider(issuer, keys) {
  const made = new Provider(issuer, {
    clients: [client('catalog', 'a secret: 100%'), client('public-catalog')],
    jwks: { keys },
    cookies: { keys: ['tests only'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: !full,
    pkce: { required: () => true, methods: ['S256'] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: id !== 'unverified', name: `The ${id}` }),
    }),
  });
  return made.callback();
}

let keys = [newKey()];
let full = false;
let handle;
const server = createServer((request, response) => {
  if (request.method === 'POST' && request.url.startsWith('/test/')) {
    if (request.url === '/test/rotate') keys = [newKey(), ...keys];
    if (request.url === '/test/forget') keys = keys.slice(0, 1);
    if (request.url === '/test/full') full = true;
    handle = provider(issuer, keys);
    response.end('ok');
    return;
  }
  handle(request, response);
});
let issuer;
server.listen(0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  handle = provider(issuer, keys);
  console.log(issuer);
});
