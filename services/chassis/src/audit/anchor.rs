//! The head of the chain, kept outside the database: whoever cuts the tail of the table, or writes the whole chain
//! anew, would have to change it there too.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The last link of a chain at some instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Number of links.
    pub position: i64,
    /// Hash of the last one, in hexadecimal.
    pub hash: String,
    /// When it was anchored.
    pub at: DateTime<Utc>,
}

/// Where heads are kept: `audit/<service>/head.json` is the last one, `audit/<service>/<day>.json` the last of each day
/// in Rome, which is the day's digest.
#[derive(Debug, Clone)]
pub struct Anchor(Arc<dyn ObjectStore>);

impl Anchor {
    /// Heads kept in an object store.
    pub fn in_store(store: Arc<dyn ObjectStore>) -> Self {
        Self(store)
    }

    /// The last head; `None` when nothing was anchored yet.
    pub async fn head(&self, service: &str) -> Result<Option<Head>, Failure> {
        match self.read(&folder(service).join("head.json")).await {
            Ok(head) => Ok(Some(head)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(Failure::unavailable(error)),
        }
    }

    /// All heads that are kept: those of the days and the last.
    pub async fn heads(&self, service: &str) -> Result<Vec<Head>, Failure> {
        let objects: Vec<_> = self
            .0
            .list(Some(&folder(service)))
            .try_collect()
            .await
            .map_err(Failure::unavailable)?;
        let mut heads = Vec::with_capacity(objects.len());
        for object in objects {
            heads.push(
                self.read(&object.location)
                    .await
                    .map_err(Failure::unavailable)?,
            );
        }
        Ok(heads)
    }

    pub(super) async fn put(
        &self,
        service: &str,
        day: NaiveDate,
        head: &Head,
    ) -> Result<(), Failure> {
        let text = serde_json::to_vec_pretty(head).map_err(Failure::internal)?;
        for name in [format!("{day}.json"), "head.json".to_owned()] {
            let payload = PutPayload::from(text.clone());
            self.0
                .put(&folder(service).join(name.as_str()), payload)
                .await
                .map_err(Failure::unavailable)?;
        }
        Ok(())
    }

    async fn read(&self, path: &Path) -> Result<Head, object_store::Error> {
        let text = self.0.get(path).await?.bytes().await?;
        serde_json::from_slice(&text).map_err(|error| object_store::Error::Generic {
            store: "audit anchor",
            source: error.into(),
        })
    }
}

fn folder(service: &str) -> Path {
    Path::from_iter(["audit", service])
}
