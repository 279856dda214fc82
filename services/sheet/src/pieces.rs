//! Sending a file that is written.

use std::fs::File;
use std::io::{self, Read};

use bytes::Bytes;
use tokio::sync::mpsc::Sender;

/// Bytes of a piece.
const PIECE: usize = 256 * 1024;

/// Reads a file from where it stands and sends it in pieces, each as the message that `wrap` makes of it, until the file
/// ends or nobody listens any more; whether any piece was sent.
///
/// # Errors
/// When the file cannot be read.
pub async fn send<Message>(
    mut file: File,
    to: &Sender<Message>,
    wrap: impl Fn(Bytes) -> Message,
) -> io::Result<bool> {
    let mut any = false;
    loop {
        let (back, piece) = tokio::task::spawn_blocking(move || {
            let mut piece = Vec::with_capacity(PIECE);
            (&mut file)
                .take(PIECE as u64)
                .read_to_end(&mut piece)
                .map(|_| (file, piece))
        })
        .await
        .map_err(io::Error::other)??;
        file = back;
        if piece.is_empty() || to.send(wrap(piece.into())).await.is_err() {
            return Ok(any);
        }
        any = true;
    }
}
