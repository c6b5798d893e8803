// npm's jose as an outside judge of access tokens. Reads one request as JSON from standard input, writes one answer.
import { calculateJwkThumbprint, createLocalJWKSet, importPKCS8, jwtVerify, SignJWT } from 'jose';
import { text } from 'node:stream/consumers';

const judge = {
  // The keys are given, or fetched as a resource server does it.
  async verify({ token, jwks, jwksUrl, issuer, audience, now }) {
    const keys = jwks ?? await (await fetch(jwksUrl)).json();
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(keys), {
      issuer,
      audience,
      typ: 'at+jwt',
      algorithms: ['ES256'],
      requiredClaims: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'], // RFC 9068 §2.2
      currentDate: new Date(now ?? Date.now()),
    });
    return { payload, header: protectedHeader };
  },

  async sign({ pkcs8, header, claims }) {
    const key = await importPKCS8(pkcs8, header.alg);
    return { token: await new SignJWT(claims).setProtectedHeader(header).sign(key) };
  },

  async thumbprint({ jwk }) {
    return { thumbprint: await calculateJwkThumbprint(jwk, 'sha256') };
  },
};

const { method, ...request } = JSON.parse(await text(process.stdin));
let answer;
try {
  answer = await judge[method](request);
} catch (error) {
  answer = { error: error.code ?? String(error) };
}
console.log(JSON.stringify(answer));
