//! Where the stories' mail goes, and what their people may act as.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chassis::Failure;
use chassis::access::{Dasmo, Resolved, Role, Standing};
use chassis::identity::Caller;
use lettre::Address;
use uuid::Uuid;

use crate::app::digest::Standings;
use crate::mail::Post;

/// A letter that the server took.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) to: String,
    pub(super) message: Vec<u8>,
}

/// A server that takes letters, and may break after it has taken one.
pub(super) struct Mailbox {
    sender: Address,
    taken: Mutex<Vec<Taken>>,
    breaks_after: Mutex<BTreeSet<String>>,
}

impl Mailbox {
    pub(super) fn empty() -> Self {
        Self {
            sender: "dasmo@inps.it".parse().unwrap(),
            taken: Mutex::default(),
            breaks_after: Mutex::default(),
        }
    }

    pub(super) fn sent(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    /// What was taken, and from now on nothing.
    pub(super) fn emptied(&self) -> Vec<Taken> {
        std::mem::take(&mut self.taken.lock().unwrap())
    }

    pub(super) fn breaks_after_taking(&self, to: &str) {
        self.breaks_after.lock().unwrap().insert(to.to_owned());
    }

    pub(super) fn works(&self) {
        self.breaks_after.lock().unwrap().clear();
    }
}

#[async_trait]
impl Post for Mailbox {
    fn sender(&self) -> &Address {
        &self.sender
    }

    async fn send(&self, to: &str, message: Vec<u8>) -> Result<(), Failure> {
        self.taken.lock().unwrap().push(Taken {
            to: to.to_owned(),
            message,
        });
        if self.breaks_after.lock().unwrap().contains(to) {
            return Err(Failure::unavailable("the connection broke"));
        }
        Ok(())
    }
}

/// What people may act as, as far as the test says.
#[derive(Default)]
pub(super) struct People {
    held: Mutex<BTreeMap<(Uuid, &'static str), Resolved>>,
    silent: AtomicBool,
}

impl People {
    /// From now on somebody holds a role with this territory.
    pub(super) fn hold(&self, caller: &Caller) {
        let resolved = Resolved {
            person: Some(caller.person),
            standing: Standing::Effective,
            role: caller.role,
            organisation: caller.organisation.clone(),
            territory: caller.scope.clone(),
            areas: vec!["AMMORTIZZATORI".to_owned()],
            dasmo: Dasmo::Effective,
            mandate: None,
        };
        self.held.lock().unwrap().insert(key(caller), resolved);
    }

    /// From now on nobody holds it.
    pub(super) fn lose(&self, caller: &Caller) {
        self.held.lock().unwrap().remove(&key(caller));
    }

    /// From now on nobody answers, or somebody does again.
    pub(super) fn silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::Relaxed);
    }
}

fn key(caller: &Caller) -> (Uuid, &'static str) {
    (caller.person, caller.role.id())
}

#[async_trait]
impl Standings for People {
    async fn of(&self, person: Uuid, role: Role, _: &str) -> Result<Resolved, Failure> {
        if self.silent.load(Ordering::Relaxed) {
            return Err(Failure::unavailable("the anagrafe does not answer"));
        }
        let held = self.held.lock().unwrap().get(&(person, role.id())).cloned();
        Ok(held.unwrap_or_else(|| Resolved::without(Some(person), role, Standing::NotHeld)))
    }
}

/// The plain text of a letter, as its reader sees it.
pub(super) fn plain(message: &[u8]) -> String {
    let whole = std::str::from_utf8(message).unwrap();
    let part = whole.split("Content-Type: text/plain").nth(1).unwrap();
    let (head, body) = part.split_once("\r\n\r\n").unwrap();
    let body = body.split("\r\n--").next().unwrap();
    let body = if head.contains("quoted-printable") {
        unquoted(body)
    } else {
        assert!(!head.contains("base64"), "{head}");
        body.to_owned()
    };
    body.replace("\r\n", "\n")
}

/// Undoes quoted-printable (RFC 2045).
fn unquoted(text: &str) -> String {
    let text = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'=' && after.len() >= 2 {
            let code = std::str::from_utf8(&after[..2]).unwrap();
            bytes.push(u8::from_str_radix(code, 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}
