//! An issuer of tokens with keys of three kinds, whose key set can be changed and cut off.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use p256::pkcs8::EncodePrivateKey as _;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) const ISSUER: &str = "https://issuer.test";
pub(crate) const AUDIENCE: &str = "omnia";

/// Keys are made once: an RSA key takes its time.
static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let rsa = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
    let rsa = EncodingKey::from_rsa_der(rsa.to_pkcs1_der().unwrap().as_bytes());
    let ec = || {
        let key = p256::SecretKey::random(&mut rsa::rand_core::OsRng);
        EncodingKey::from_ec_der(key.to_pkcs8_der().unwrap().as_bytes())
    };
    vec![
        Key::of("rsa", Algorithm::RS256, rsa),
        Key::of("ec", Algorithm::ES256, ec()),
        Key::of("next", Algorithm::ES256, ec()),
        Key::ed(),
    ]
});

struct Key {
    kid: &'static str,
    algorithm: Algorithm,
    private: EncodingKey,
    public: Value,
}

impl Key {
    fn of(kid: &'static str, algorithm: Algorithm, private: EncodingKey) -> Self {
        let mut public = Jwk::from_encoding_key(&private, algorithm).unwrap();
        public.common.key_id = Some(kid.to_owned());
        Self {
            kid,
            algorithm,
            private,
            public: serde_json::to_value(public).unwrap(),
        }
    }

    /// A key such as the platform makes for itself.
    fn ed() -> Self {
        let folder = tempfile::tempdir().unwrap();
        chassis::identity::token::create_keys(folder.path(), &["issuer"]).unwrap();
        let read = |name| std::fs::read(folder.path().join(name)).unwrap();
        let private = EncodingKey::from_ed_pem(&read("issuer.pem")).unwrap();
        let set: Value = serde_json::from_slice(&read("jwks.json")).unwrap();
        let mut public = set["keys"][0].clone();
        public["kid"] = "ed".into();
        Self {
            kid: "ed",
            algorithm: Algorithm::EdDSA,
            private,
            public,
        }
    }
}

fn key(kid: &str) -> &'static Key {
    KEYS.iter().find(|key| key.kid == kid).unwrap()
}

/// The issuer.
#[derive(Debug)]
pub(crate) struct Issuer {
    pub(crate) address: SocketAddr,
    published: Arc<Published>,
}

#[derive(Debug)]
struct Published {
    kids: Mutex<Vec<&'static str>>,
    reachable: AtomicBool,
    fetched: AtomicU32,
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let published = Arc::new(Published {
            kids: Mutex::new(vec!["rsa", "ec", "ed"]),
            reachable: AtomicBool::new(true),
            fetched: AtomicU32::new(0),
        });
        let router = Router::new()
            .route("/jwks.json", get(jwks))
            .with_state(Arc::clone(&published));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, published }
    }

    pub(crate) fn publish(&self, kids: &[&'static str]) {
        *self.published.kids.lock().unwrap() = kids.to_vec();
    }

    pub(crate) fn reachable(&self, reachable: bool) {
        self.published.reachable.store(reachable, Ordering::SeqCst);
    }

    /// How often the key set was asked for.
    pub(crate) fn fetched(&self) -> u32 {
        self.published.fetched.load(Ordering::SeqCst)
    }
}

async fn jwks(State(published): State<Arc<Published>>) -> Result<Json<Value>, StatusCode> {
    published.fetched.fetch_add(1, Ordering::SeqCst);
    if !published.reachable.load(Ordering::SeqCst) {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    let kids = published.kids.lock().unwrap().clone();
    let mut keys: Vec<Value> = kids
        .into_iter()
        .map(|kid| key(kid).public.clone())
        .collect();
    // Sets hold what we cannot use, and what must never be used.
    keys.push(json!({"kty": "oct", "kid": "shared", "k": "c2VjcmV0", "alg": "HS256"}));
    keys.push(json!({"kty": "newer", "kid": "unheard-of"}));
    Ok(Json(json!({"keys": keys})))
}

/// A token signed by a key of the issuer.
pub(crate) fn signed(kid: &str, claims: &Value) -> String {
    let key = key(kid);
    let mut header = Header::new(key.algorithm);
    header.kid = Some(kid.to_owned());
    jsonwebtoken::encode(&header, claims, &key.private).unwrap()
}

/// A token put together by hand.
pub(crate) fn assembled(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.{}",
        part(header),
        part(claims),
        URL_SAFE_NO_PAD.encode(signature)
    )
}
