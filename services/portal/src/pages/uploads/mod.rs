//! Files on their way from a browser to whatever service takes them: piece by piece, as the portal's script sends them, or whole,
//! by a plain form. The portal keeps none of them: what comes goes on as it comes.

pub(crate) mod faults;
pub(crate) mod form;
pub(crate) mod piece;

use std::io;

use axum::body::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use uuid::Uuid;

use crate::fields::Fields;
use crate::gateway::Platform;
use crate::problem::Outcome;

/// Largest piece that goes on in one message, bytes; contracts take four times as much.
const PIECE: usize = 256 * 1024;

/// What is announced before the first byte.
#[derive(Debug)]
pub(crate) struct Announced {
    /// Id of the upload, which the page chose.
    pub(crate) upload: Uuid,
    /// Name of the file.
    pub(crate) name: String,
    /// Size of the file.
    pub(crate) bytes: i64,
    /// SHA-256 of the file, hexadecimal.
    pub(crate) sha256: String,
    /// What the form says of it.
    pub(crate) fields: Fields,
    /// Place in the file of the first byte that comes.
    pub(crate) from: i64,
}

/// How far an upload is.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Progress {
    /// Bytes that are safe.
    pub(crate) stored: i64,
    /// Where to look at what came of it; empty while bytes are missing.
    pub(crate) next: String,
}

/// The form around a file, as the pages draw it.
#[derive(Debug, Default)]
pub(crate) struct UploadForm {
    /// Id of the next upload; empty where no file is taken.
    pub(crate) id: String,
    /// Where the file goes whole.
    pub(crate) action: String,
    /// Beginning of the addresses where its pieces go.
    pub(crate) pieces: String,
}

/// Bytes as they come.
pub(crate) type Pieces = BoxStream<'static, io::Result<Bytes>>;

/// A service that takes files, and for what.
pub(crate) trait Destination: Sync {
    /// Largest file, bytes.
    const MOST: u64;

    /// Sends pieces, from a place in the file on, as fast as the service stores them. Pieces that end too early, because whoever
    /// sends them was cut off, leave an upload that can be gone on with.
    fn send(
        &self,
        platform: &Platform,
        file: Announced,
        pieces: Pieces,
    ) -> impl Future<Output = Outcome<Progress>> + Send;

    /// How far an upload is.
    fn find(
        &self,
        platform: &Platform,
        upload: Uuid,
    ) -> impl Future<Output = Outcome<Progress>> + Send;
}

/// Pieces with their places, cut to size; until the first that cannot be read.
pub(crate) fn cut(from: i64, pieces: Pieces) -> impl Stream<Item = (i64, Bytes)> + Send + 'static {
    let start = (pieces, Bytes::new(), from);
    stream::unfold(start, |(mut pieces, mut rest, offset)| async move {
        while rest.is_empty() {
            rest = pieces.next().await?.ok()?;
        }
        let data = rest.split_to(rest.len().min(PIECE));
        let next = offset + i64::try_from(data.len()).ok()?;
        Some(((offset, data), (pieces, rest, next)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pieces_are_cut_to_size_and_know_their_place() {
        let pieces = [
            Bytes::from(vec![7; PIECE + 3]),
            Bytes::new(),
            Bytes::from_static(b"end"),
        ];
        let pieces = stream::iter(pieces.map(Ok)).boxed();
        let cut: Vec<(i64, Bytes)> = cut(10, pieces).collect().await;
        let shape: Vec<(i64, usize)> = cut.iter().map(|(at, data)| (*at, data.len())).collect();
        let piece = i64::try_from(PIECE).unwrap();
        assert_eq!(shape, [(10, PIECE), (10 + piece, 3), (13 + piece, 3)]);
    }

    #[tokio::test]
    async fn whoever_is_cut_off_leaves_what_came_before() {
        let broken = io::Error::from(io::ErrorKind::ConnectionReset);
        let pieces = [
            Ok(Bytes::from_static(b"abc")),
            Err(broken),
            Ok(Bytes::from_static(b"def")),
        ];
        let cut: Vec<(i64, Bytes)> = cut(0, stream::iter(pieces).boxed()).collect().await;
        assert_eq!(cut, [(0, Bytes::from_static(b"abc"))]);
    }
}
