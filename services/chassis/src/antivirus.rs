//! The antivirus: a clamd, asked by its protocol `INSTREAM` over TCP or a Unix socket; off when none is configured.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use crate::config::{AntivirusConfig, ClamdAddress};
use crate::failure::Failure;

/// Bytes of a piece sent to clamd, whose own `StreamMaxLength` counts the sum of them.
const PIECE: usize = 64 * 1024;
/// Longest answer that is read.
const ANSWER_MOST: u64 = 4_096;

/// What the antivirus says of a content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was found.
    Clean,
    /// Malware, by the name that clamd gives it.
    Infected(String),
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// clamd cannot be reached, or hangs up.
    #[error("talk to clamd")]
    Unreachable(#[from] std::io::Error),
    /// clamd is too slow.
    #[error("clamd did not answer in time")]
    TooSlow,
    /// clamd answers with an error.
    #[error("clamd refuses the content: {0}")]
    Refused(String),
    /// The content itself could not be read.
    #[error("read the content to scan")]
    Content(#[source] Failure),
}

/// A clamd that may be asked.
#[derive(Debug, Clone)]
pub struct Antivirus {
    address: ClamdAddress,
    patience: Duration,
}

trait Line: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Line for T {}

impl Antivirus {
    /// The antivirus of the configuration; `None` when it is off.
    pub fn of(config: &AntivirusConfig) -> Option<Self> {
        Some(Self {
            address: config.address.clone()?,
            patience: Duration::from_millis(config.timeout_ms),
        })
    }

    /// Has a content scanned.
    pub async fn scan(
        &self,
        content: impl Stream<Item = Result<Bytes, Failure>> + Send,
    ) -> Result<Verdict, ScanError> {
        tokio::time::timeout(self.patience, self.ask(content))
            .await
            .unwrap_or(Err(ScanError::TooSlow))
    }

    async fn ask(
        &self,
        content: impl Stream<Item = Result<Bytes, Failure>> + Send,
    ) -> Result<Verdict, ScanError> {
        let mut line = self.connect().await?;
        line.write_all(b"zINSTREAM\0").await?;
        let mut content = std::pin::pin!(content);
        while let Some(piece) = content.next().await {
            for piece in piece.map_err(ScanError::Content)?.chunks(PIECE) {
                let length = u32::try_from(piece.len()).unwrap_or(u32::MAX);
                line.write_all(&length.to_be_bytes()).await?;
                line.write_all(piece).await?;
            }
        }
        line.write_all(&0_u32.to_be_bytes()).await?;
        line.flush().await?;
        let mut answer = Vec::new();
        line.take(ANSWER_MOST).read_to_end(&mut answer).await?;
        verdict(&String::from_utf8_lossy(&answer))
    }

    async fn connect(&self) -> std::io::Result<Pin<Box<dyn Line>>> {
        Ok(match &self.address {
            ClamdAddress::Tcp(address) => Box::pin(TcpStream::connect(address.as_str()).await?),
            ClamdAddress::Unix(path) => Box::pin(UnixStream::connect(path).await?),
        })
    }
}

/// Reads `stream: OK`, `stream: NAME FOUND`, or `MESSAGE ERROR`.
fn verdict(answer: &str) -> Result<Verdict, ScanError> {
    let answer = answer.trim_end_matches(['\0', '\n', ' ']);
    let said = answer.strip_prefix("stream: ").unwrap_or(answer);
    match (said, said.strip_suffix(" FOUND")) {
        ("OK", _) => Ok(Verdict::Clean),
        (_, Some(name)) => Ok(Verdict::Infected(name.to_owned())),
        _ => Err(ScanError::Refused(said.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_of_clamd_are_read() {
        assert_eq!(verdict("stream: OK\0").unwrap(), Verdict::Clean);
        assert_eq!(
            verdict("stream: Eicar-Test-Signature FOUND\0").unwrap(),
            Verdict::Infected("Eicar-Test-Signature".to_owned())
        );
        let refused = verdict("INSTREAM size limit exceeded. ERROR\0").unwrap_err();
        assert!(refused.to_string().contains("size limit exceeded"));
        assert!(verdict("").is_err());
    }
}
