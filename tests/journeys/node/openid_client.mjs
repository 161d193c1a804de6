// A website with openid-client: pushed request, code with PKCE, userinfo, refresh, sign-out.
import { createServer } from "node:http";
import * as oidc from "openid-client";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, ORIGIN } = process.env;
const config = await oidc.discovery(
  new URL(ISSUER),
  CLIENT_ID,
  undefined,
  oidc.ClientSecretBasic(CLIENT_SECRET),
  { execute: [oidc.allowInsecureRequests] },
);
// The one person's sign-in; a real website has a session for each.
let started, idToken;

async function startSignIn() {
  started = {
    pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
    expectedState: oidc.randomState(),
    expectedNonce: oidc.randomNonce(),
    idTokenExpected: true,
  };
  return oidc.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: `${ORIGIN}/callback`,
    scope: "openid profile email offline_access",
    code_challenge: await oidc.calculatePKCECodeChallenge(started.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: started.expectedState,
    nonce: started.expectedNonce,
  });
}

async function finishSignIn(url) {
  const tokens = await oidc.authorizationCodeGrant(config, url, started);
  const claims = tokens.claims();
  const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  idToken = renewed.id_token;
  return {
    claims,
    renewedClaims: renewed.claims(),
    isRenewed: renewed.access_token !== tokens.access_token,
    isRotated: renewed.refresh_token !== tokens.refresh_token,
    profile: await oidc.fetchUserInfo(config, renewed.access_token, claims.sub),
  };
}

const pages = {
  "/": () => ({ home: true }),
  "/login": startSignIn,
  "/callback": finishSignIn,
  "/logout": () =>
    oidc.buildEndSessionUrl(config, {
      id_token_hint: idToken,
      post_logout_redirect_uri: `${ORIGIN}/`,
      state: "signed out",
    }),
};

createServer(async (request, response) => {
  const url = new URL(request.url, ORIGIN);
  if (!(url.pathname in pages)) return response.writeHead(404).end();
  try {
    const answer = await pages[url.pathname](url);
    if (answer instanceof URL) return response.writeHead(302, { location: answer.href }).end();
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  } catch (error) {
    const { message, code, error: oauth } = error;
    response.writeHead(500).end(JSON.stringify({ message, code, oauth }));
  }
}).listen(Number(new URL(ORIGIN).port), "127.0.0.1");
