// A real OpenID provider, npm's oidc-provider, whose keys can be changed while it runs.
//   node provider.mjs PORT REDIRECT_URI AFTER_LOGOUT_URI
import { generateKeyPairSync, randomUUID } from "node:crypto";
import http from "node:http";
import Provider from "oidc-provider";

const [port, redirect, afterLogout] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const RESOURCE = "urn:omnia";
const PEOPLE = { consulente: { name: "Anna Prova", code: "XXXCNS80A01Z990H" } };
const LEVEL = "https://www.spid.gov.it/SpidL2";
// Sessions and codes outlive a change of keys, as they do in production.
const stored = new Map();

class Memory {
  constructor(model) { this.model = model; }
  key(id) { return `${this.model}:${id}`; }
  async upsert(id, payload) {
    stored.set(this.key(id), payload);
    if (payload.uid) stored.set(`uid:${payload.uid}`, id);
  }
  async find(id) { return stored.get(this.key(id)); }
  async findByUid(uid) { return this.find(stored.get(`uid:${uid}`)); }
  async findByUserCode() { return undefined; }
  async consume(id) { stored.get(this.key(id)).consumed = Math.floor(Date.now() / 1000); }
  async destroy(id) { stored.delete(this.key(id)); }
  async revokeByGrantId() {}
}

function provider() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg: "RS256" };
  return new Provider(issuer, {
    adapter: Memory,
    jwks: { keys: [jwk] },
    cookies: { keys: ["a secret of the test"] },
    clients: [{
      client_id: "portal", token_endpoint_auth_method: "none", grant_types: ["authorization_code"], response_types: ["code"],
      redirect_uris: [redirect], post_logout_redirect_uris: [afterLogout], application_type: "native",
    }],
    pkce: { required: () => true },
    scopes: ["openid", "profile"],
    claims: { openid: ["sub", "acr"], profile: ["name"] },
    conformIdTokenClaims: false,
    acrValues: [LEVEL],
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, name: PEOPLE[id].name, acr: LEVEL }) }),
    extraTokenClaims: (ctx, token) => ({
      acr: LEVEL, "https://attributes.eid.gov.it/fiscal_number": `TINIT-${PEOPLE[token.accountId].code}`,
    }),
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true, defaultResource: () => RESOURCE, useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: "api", audience: RESOURCE, accessTokenFormat: "jwt", jwt: { sign: { alg: "RS256" } } }),
      },
    },
  });
}

let current = provider();
let callback = current.callback();

async function interact(request, response) {
  const { prompt, params } = await current.interactionDetails(request, response);
  if (request.method === "GET") {
    response.setHeader("content-type", "text/html");
    response.end(`<!DOCTYPE html><title>${prompt.name}</title><form method="post"><button>Entra come Anna Prova</button></form>`);
    return;
  }
  const grant = new current.Grant({ accountId: "consulente", clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  grant.addResourceScope(RESOURCE, "api");
  const result = { login: { accountId: "consulente", acr: LEVEL }, consent: { grantId: await grant.save() } };
  await current.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

http.createServer((request, response) => {
  if (request.url === "/_rotate") {
    current = provider();
    callback = current.callback();
    response.end("rotated");
  } else if (request.url.startsWith("/interaction/")) {
    interact(request, response).catch((error) => { response.statusCode = 500; response.end(String(error)); });
  } else {
    callback(request, response);
  }
}).listen(Number(port), "127.0.0.1", () => console.log(`listening on ${issuer}`));
