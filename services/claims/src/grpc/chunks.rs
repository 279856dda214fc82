//! Downloads: bytes as they come, in pieces that fit a message.

use bytes::Bytes;
use chassis::Failure;
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt, TryStreamExt};
use proto::omnia::claims::v1 as pb;
use tonic::Status;

/// Bytes of a piece of a download.
const PIECE: usize = 256 * 1024;

/// A content in pieces, the first of which starts at a byte of the file.
pub(super) fn chunks(
    content: BoxStream<'static, Result<Bytes, Failure>>,
    from: i64,
) -> impl Stream<Item = Result<pb::Chunk, Status>> + Send + 'static {
    let pieces = content.map_ok(|bytes| {
        let mut pieces = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            pieces.push(rest.split_to(rest.len().min(PIECE)));
        }
        stream::iter(pieces.into_iter().map(Ok::<_, Failure>))
    });
    pieces.try_flatten().scan(from, |place, piece| {
        let chunk = piece.map(|data: Bytes| {
            let offset = *place;
            *place += i64::try_from(data.len()).unwrap_or(0);
            pb::Chunk { offset, data }
        });
        std::future::ready(Some(chunk.map_err(Status::from)))
    })
}

/// The byte from which a download is wanted.
pub(super) fn offset(offset: i64) -> Result<u64, Failure> {
    u64::try_from(offset).map_err(|_| Failure::field("offset", "must not be negative"))
}
