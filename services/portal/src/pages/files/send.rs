//! A file on its way to the platform: what announces it, and its pieces.

use std::io;

use axum::body::Bytes;
use futures_util::{Stream, StreamExt, stream};
use proto::omnia::claims::v1::{
    AttachmentKind, BeginAttachment, BeginBeneficiaries, Chunk, Upload, UploadAttachmentRequest,
    UploadBeneficiariesRequest,
};
use uuid::Uuid;

use crate::gateway::Platform;
use crate::problem::{Kind, Outcome, Problem};

/// Largest piece that goes on in one message, bytes; the contract takes four times as much.
const PIECE: usize = 256 * 1024;

/// What is announced before the first byte.
#[derive(Debug, Clone)]
pub(super) struct Announced {
    pub(super) claim: Uuid,
    pub(super) upload: Uuid,
    pub(super) bytes: i64,
    pub(super) sha256: String,
    pub(super) brings: Brings,
}

/// What a file is.
#[derive(Debug, Clone)]
pub(super) enum Brings {
    /// The list of workers, for a draft as it was read.
    List { etag: String },
    /// An attachment.
    Attachment { kind: AttachmentKind, name: String },
}

/// Sends pieces, from a place in the file on, as fast as the platform stores them. Pieces that end too early, because
/// whoever sends them was cut off, leave an upload that can be gone on with.
pub(super) async fn send(
    platform: &Platform,
    file: Announced,
    from: i64,
    pieces: impl Stream<Item = io::Result<Bytes>> + Send + Unpin + 'static,
) -> Outcome<Upload> {
    let chunks = chunks(from, pieces);
    let upload = match file.brings {
        Brings::List { etag } => {
            let begin = UploadBeneficiariesRequest {
                begin: Some(BeginBeneficiaries {
                    claim_id: file.claim.to_string(),
                    etag,
                    upload_id: file.upload.to_string(),
                    total_bytes: file.bytes,
                    sha256: file.sha256,
                    set_totals: true,
                }),
                chunk: None,
            };
            let chunks = chunks.map(|chunk| UploadBeneficiariesRequest {
                begin: None,
                chunk: Some(chunk),
            });
            let messages = stream::iter([begin]).chain(chunks);
            let answer = platform.files().upload_beneficiaries(messages).await?;
            answer.into_inner().upload
        }
        Brings::Attachment { kind, name } => {
            let begin = UploadAttachmentRequest {
                begin: Some(BeginAttachment {
                    claim_id: file.claim.to_string(),
                    upload_id: file.upload.to_string(),
                    kind: kind as i32,
                    file_name: name,
                    total_bytes: file.bytes,
                    sha256: file.sha256,
                }),
                chunk: None,
            };
            let chunks = chunks.map(|chunk| UploadAttachmentRequest {
                begin: None,
                chunk: Some(chunk),
            });
            let messages = stream::iter([begin]).chain(chunks);
            let answer = platform.files().upload_attachment(messages).await?;
            answer.into_inner().upload
        }
    };
    upload.ok_or_else(|| Problem::of(Kind::Internal))
}

/// Pieces with their places, cut to size; until the first that cannot be read.
fn chunks(
    from: i64,
    pieces: impl Stream<Item = io::Result<Bytes>> + Send + Unpin + 'static,
) -> impl Stream<Item = Chunk> + Send + 'static {
    let start = (pieces, Bytes::new(), from);
    stream::unfold(start, |(mut pieces, mut rest, offset)| async move {
        while rest.is_empty() {
            rest = pieces.next().await?.ok()?;
        }
        let data = rest.split_to(rest.len().min(PIECE));
        let next = offset + i64::try_from(data.len()).ok()?;
        Some((Chunk { offset, data }, (pieces, rest, next)))
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
        let pieces = stream::iter(pieces.map(Ok));
        let chunks: Vec<Chunk> = chunks(10, pieces).collect().await;
        let shape: Vec<(i64, usize)> = chunks.iter().map(|it| (it.offset, it.data.len())).collect();
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
        let chunks: Vec<Chunk> = chunks(0, stream::iter(pieces)).collect().await;
        assert_eq!(chunks.len(), 1);
        assert_eq!(chunks[0].data.as_ref(), b"abc");
    }
}
