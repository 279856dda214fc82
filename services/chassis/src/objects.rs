//! Files: an object store addressed by content.
//!
//! An object's address is its SHA-256, under the name of the service that owns it: the same content is kept once, what is
//! read can be held against its name, and writing twice does no harm. Who may read an object, and when nobody needs it
//! any more, is for the service to know, in its own database. The store is a folder, or anything that speaks S3
//! (`[objects]` of the configuration).

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt};
use kernel::Digest;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt};
use secrecy::ExposeSecret;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt;

use crate::config::{ObjectsConfig, S3Config};
use crate::failure::Failure;

/// Bytes gathered before they are written: the least that S3 takes as a part of an upload.
const BUFFER: usize = 5 * 1024 * 1024;

/// The objects of one service.
#[derive(Debug, Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    most_bytes: u64,
}

/// The store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made or entered.
    #[error("use the folder {} of the objects", .0.display())]
    Folder(PathBuf, #[source] std::io::Error),
    /// The store refuses its configuration.
    #[error("open the object store")]
    Store(#[source] object_store::Error),
}

/// Why an object was not stored.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// It is larger than objects may be.
    #[error("the object has more than {0} bytes")]
    TooLarge(u64),
    /// Its content has another SHA-256 than announced.
    #[error("the content is not the one announced")]
    OtherContent,
    /// The content could not be read, or the store does not answer.
    #[error(transparent)]
    Failed(Failure),
}

impl Objects {
    /// Opens the objects of a service.
    pub fn open(config: &ObjectsConfig, service: &str) -> Result<Self, OpenError> {
        let store = match config.bucket() {
            Some((bucket, prefix)) => {
                let store = s3(&config.s3, bucket).map_err(OpenError::Store)?;
                prefixed(store, &format!("{prefix}/{service}"))
            }
            None => prefixed(local(config.folder())?, service),
        };
        Ok(Self {
            store,
            most_bytes: config.max_object_bytes,
        })
    }

    /// Stores a content under its digest, a piece at a time. When it returns, the object is there as a whole; otherwise
    /// nothing is.
    pub async fn put(
        &self,
        digest: Digest,
        content: impl Stream<Item = Result<Bytes, Failure>> + Send,
    ) -> Result<(), PutError> {
        let writer = BufWriter::with_capacity(Arc::clone(&self.store), path_of(digest), BUFFER);
        let mut writer = writer.with_max_concurrency(1);
        match self.write(&mut writer, digest, content).await {
            Ok(()) => writer.shutdown().await.map_err(failed),
            Err(error) => {
                if let Err(left) = writer.abort().await {
                    tracing::warn!(
                        error = &left as &dyn std::error::Error,
                        "a part of an object was left behind"
                    );
                }
                Err(error)
            }
        }
    }

    async fn write(
        &self,
        writer: &mut BufWriter,
        digest: Digest,
        content: impl Stream<Item = Result<Bytes, Failure>> + Send,
    ) -> Result<(), PutError> {
        let mut content = std::pin::pin!(content);
        let (mut hash, mut size) = (Sha256::new(), 0_u64);
        while let Some(piece) = content.next().await {
            let piece = piece.map_err(PutError::Failed)?;
            hash.update(&piece);
            size += piece.len() as u64;
            if size > self.most_bytes {
                return Err(PutError::TooLarge(self.most_bytes));
            }
            writer.put(piece).await.map_err(failed)?;
        }
        if hash.finalize().as_slice() == digest.as_bytes() {
            Ok(())
        } else {
            Err(PutError::OtherContent)
        }
    }

    /// The content from a byte on; `None` when there is no such object.
    pub async fn get(
        &self,
        digest: Digest,
        from: u64,
    ) -> Result<Option<impl Stream<Item = Result<Bytes, Failure>> + Send + use<>>, Failure> {
        let options = GetOptions {
            range: (from > 0).then_some(GetRange::Offset(from)),
            ..GetOptions::default()
        };
        match self.store.get_opts(&path_of(digest), options).await {
            Ok(found) => Ok(Some(found.into_stream().map_err(Failure::unavailable))),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(Failure::unavailable(error)),
        }
    }

    /// Removes an object. One that is not there is no error.
    pub async fn remove(&self, digest: Digest) -> Result<(), Failure> {
        match self.store.delete(&path_of(digest)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(Failure::unavailable(error)),
        }
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> PutError {
    PutError::Failed(Failure::unavailable(error))
}

/// In 256 folders, so that none grows without end.
fn path_of(digest: Digest) -> Path {
    let name = digest.to_string();
    Path::from(format!("sha256/{}/{name}", &name[..2]))
}

fn prefixed(store: impl ObjectStore, prefix: &str) -> Arc<dyn ObjectStore> {
    Arc::new(PrefixStore::new(store, prefix))
}

fn local(folder: &FilePath) -> Result<LocalFileSystem, OpenError> {
    std::fs::create_dir_all(folder)
        .map_err(|error| OpenError::Folder(folder.to_path_buf(), error))?;
    // What was stored survives a machine that loses its power.
    let store = LocalFileSystem::new_with_prefix(folder).map_err(OpenError::Store)?;
    Ok(store.with_fsync(true))
}

fn s3(config: &S3Config, bucket: &str) -> Result<AmazonS3, object_store::Error> {
    // Another part of the process may have chosen a provider already, and then that one is used.
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(&config.region)
        .with_allow_http(config.allow_http);
    if let Some(endpoint) = &config.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    if let Some(id) = &config.access_key_id {
        builder = builder.with_access_key_id(id);
    }
    if let Some(secret) = &config.secret_access_key {
        builder = builder.with_secret_access_key(secret.expose_secret());
    }
    builder.build()
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn digest(content: &[u8]) -> Digest {
        Digest::from(<[u8; 32]>::from(Sha256::digest(content)))
    }

    fn pieces(content: &[u8]) -> impl Stream<Item = Result<Bytes, Failure>> + Send + use<> {
        let pieces: Vec<_> = content
            .chunks(1 << 20)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect();
        stream::iter(pieces)
    }

    struct Folder {
        folder: tempfile::TempDir,
        objects: Objects,
    }

    fn folder_of(most_bytes: u64) -> Folder {
        let folder = tempfile::tempdir().unwrap();
        let config = ObjectsConfig {
            store: folder.path().join("objects").display().to_string(),
            max_object_bytes: most_bytes,
            s3: S3Config::default(),
        };
        let objects = Objects::open(&config, "claims").unwrap();
        Folder { folder, objects }
    }

    impl Folder {
        async fn read(&self, digest: Digest, from: u64) -> Option<Vec<u8>> {
            let found = self.objects.get(digest, from).await.unwrap()?;
            let pieces: Vec<Bytes> = found.try_collect().await.unwrap();
            Some(pieces.concat())
        }

        /// Files anywhere below the folder.
        fn files(&self) -> Vec<PathBuf> {
            let mut found = Vec::new();
            let mut folders = vec![self.folder.path().to_path_buf()];
            while let Some(folder) = folders.pop() {
                for entry in std::fs::read_dir(folder).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        folders.push(path);
                    } else {
                        found.push(path);
                    }
                }
            }
            found
        }
    }

    #[tokio::test]
    async fn a_content_lies_under_its_digest_and_comes_back_from_any_byte_on() {
        let folder = folder_of(1 << 30);
        let content: Vec<u8> = (0..=250).cycle().take(7_000_000).collect();
        let name = digest(&content);
        folder.objects.put(name, pieces(&content)).await.unwrap();
        folder.objects.put(name, pieces(&content)).await.unwrap();
        assert_eq!(folder.read(name, 0).await.unwrap(), content);
        assert_eq!(
            folder.read(name, 6_999_990).await.unwrap(),
            &content[6_999_990..]
        );
        let text = name.to_string();
        let expected = format!("objects/claims/sha256/{}/{text}", &text[..2]);
        assert_eq!(folder.files(), [folder.folder.path().join(expected)]);
        folder.objects.remove(name).await.unwrap();
        folder.objects.remove(name).await.unwrap();
        assert_eq!(folder.read(name, 0).await, None);
    }

    #[tokio::test]
    async fn what_is_not_the_content_announced_leaves_nothing_behind() {
        let folder = folder_of(1 << 30);
        for content in [vec![1_u8; 10], vec![1_u8; 12_000_000]] {
            let put = folder
                .objects
                .put(digest(b"another"), pieces(&content))
                .await;
            assert!(matches!(put, Err(PutError::OtherContent)));
        }
        assert_eq!(folder.files(), Vec::<PathBuf>::new());
    }

    #[tokio::test]
    async fn an_object_above_the_limit_is_refused_while_it_comes() {
        let folder = folder_of(6_000_000);
        let content = vec![7_u8; 12_000_000];
        let put = folder.objects.put(digest(&content), pieces(&content)).await;
        assert!(matches!(put, Err(PutError::TooLarge(6_000_000))));
        assert_eq!(folder.files(), Vec::<PathBuf>::new());
    }

    #[tokio::test]
    async fn a_content_that_breaks_off_is_not_stored() {
        let folder = folder_of(1 << 30);
        let content = vec![7_u8; 6_000_000];
        let broken = pieces(&content).chain(stream::once(async { Err(Failure::not_found()) }));
        let put = folder.objects.put(digest(&content), broken).await;
        assert!(matches!(put, Err(PutError::Failed(_))));
        assert_eq!(folder.files(), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_bucket_is_opened_from_its_configuration_without_being_asked() {
        let config = ObjectsConfig {
            store: "s3://omnia-files/production".to_owned(),
            max_object_bytes: 1,
            s3: S3Config {
                endpoint: Some("https://s3.example.it".to_owned()),
                ..S3Config::default()
            },
        };
        assert_eq!(config.bucket(), Some(("omnia-files", "production")));
        assert!(Objects::open(&config, "claims").is_ok());
    }
}
