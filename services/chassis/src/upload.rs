//! Files that come in pieces over a client stream: bytes come in order and are stored with the offset that the client is told, so
//! that whoever was cut off goes on from there. The service says what is announced, where bytes are kept, and what is done
//! with a file that came whole; the offsets, the gathering and the end of a stream are here, once for all.

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use tonic::{Request, Status, Streaming};

use crate::failure::{Class, Failure, Reason};
use crate::identity::{Caller, caller};
use crate::lifecycle::Stop;

/// Bytes gathered before they are stored: a transaction each.
const PART: usize = 1024 * 1024;

/// Longest silence of a client that uploads. Its bytes are stored, and it may go on in another call.
const SILENCE_MOST: Duration = Duration::from_mins(1);

/// A message of an upload.
#[derive(Debug)]
pub enum Piece<A> {
    /// The first: what is announced.
    Begin(Box<A>),
    /// One of the others.
    Chunk {
        /// Place of its first byte.
        offset: i64,
        /// The bytes.
        data: Bytes,
    },
}

impl<A> Piece<A> {
    /// Reads a message that holds one of the two.
    pub fn of<B>(
        begin: Option<B>,
        chunk: Option<(i64, Bytes)>,
        announced: impl FnOnce(B) -> Result<A, Failure>,
    ) -> Result<Self, Failure> {
        match (begin, chunk) {
            (Some(begin), None) => Ok(Self::Begin(Box::new(announced(begin)?))),
            (None, Some((offset, data))) => Ok(Self::Chunk { offset, data }),
            _ => Err(Failure::field(
                "begin",
                "a message holds either `begin` or `chunk`",
            )),
        }
    }
}

/// An upload as a service keeps it.
pub trait Resumable: Debug + Send + Sync {
    /// Bytes that are safely stored.
    fn stored_bytes(&self) -> i64;
    /// Size of the whole, as announced.
    fn total_bytes(&self) -> i64;
    /// More bytes are stored.
    fn advance(&mut self, bytes: i64);

    /// Whether every byte is stored.
    fn is_whole(&self) -> bool {
        self.stored_bytes() == self.total_bytes()
    }
}

/// An upload that was announced.
#[derive(Debug)]
pub enum Begun<U, S> {
    /// It has ended before; this came of it.
    Over(S),
    /// Its bytes may come.
    Open(Receiving<U>),
}

/// An upload whose bytes are coming. Holds at most [`PART`] of them and one piece more.
#[derive(Debug)]
pub struct Receiving<U> {
    /// The upload.
    pub upload: U,
    gathered: Vec<u8>,
}

impl<U: Resumable> Receiving<U> {
    /// From what is stored on.
    pub fn new(upload: U) -> Self {
        Self {
            upload,
            gathered: Vec::new(),
        }
    }

    /// Whether every byte has come.
    pub fn is_whole(&self) -> bool {
        self.place() == self.upload.total_bytes()
    }

    /// Where the next byte belongs.
    fn place(&self) -> i64 {
        self.upload.stored_bytes() + length(&self.gathered)
    }
}

/// What a service does with uploads.
pub trait Uploads: Sync {
    /// What is announced before the first byte.
    type Announced: Send + Sync;
    /// An upload as it is kept.
    type Upload: Resumable;
    /// An upload as callers see it.
    type Shown: Send;

    /// Begins an upload, or goes on with one.
    fn begin_upload(
        &self,
        caller: &Caller,
        announced: &Self::Announced,
    ) -> impl Future<Output = Result<Begun<Self::Upload, Self::Shown>, Failure>> + Send;

    /// Stores the next bytes, and moves the offset with them. False when the upload is not there, or not at this offset.
    fn append(
        &self,
        upload: &Self::Upload,
        data: &[u8],
    ) -> impl Future<Output = Result<bool, Failure>> + Send;

    /// Does with a file what it was sent for if every byte of it is stored; otherwise says how far it is.
    fn end_upload(
        &self,
        caller: &Caller,
        upload: Self::Upload,
    ) -> impl Future<Output = Result<Self::Shown, Failure>> + Send;

    /// Takes a piece. What is stored already is passed over; what begins too far ahead is refused.
    fn receive(
        &self,
        receiving: &mut Receiving<Self::Upload>,
        offset: i64,
        data: &[u8],
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        async move {
            let place = receiving.place();
            let known = place - offset;
            if known < 0 {
                self.store_gathered(receiving).await?;
                return Err(gap(place));
            }
            let data = usize::try_from(known)
                .ok()
                .and_then(|known| data.get(known..))
                .unwrap_or_default();
            if place + length(data) > receiving.upload.total_bytes() {
                let longer = "is longer than the file that was announced";
                return Err(Failure::field("chunk.data", longer));
            }
            receiving.gathered.extend_from_slice(data);
            if receiving.gathered.len() >= PART {
                self.store_gathered(receiving).await?;
            }
            Ok(())
        }
    }

    /// Stores what has been gathered. After it the upload can be gone on with from there, whatever happens.
    fn store_gathered(
        &self,
        receiving: &mut Receiving<Self::Upload>,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        async move {
            if receiving.gathered.is_empty() {
                return Ok(());
            }
            if !self.append(&receiving.upload, &receiving.gathered).await? {
                return Err(crossed());
            }
            receiving.upload.advance(length(&receiving.gathered));
            receiving.gathered.clear();
            Ok(())
        }
    }

    /// Ends an upload with what has come.
    fn finish_upload(
        &self,
        caller: &Caller,
        mut receiving: Receiving<Self::Upload>,
    ) -> impl Future<Output = Result<Self::Shown, Failure>> + Send {
        async move {
            self.store_gathered(&mut receiving).await?;
            self.end_upload(caller, receiving.upload).await
        }
    }
}

/// Takes an upload in: its beginning, then its pieces as fast as they can be stored, until it is whole, the client ends or
/// falls silent, or the service stops. Whatever ends it, what came before is stored.
pub async fn take<U: Uploads, M: Send + 'static>(
    uploads: &U,
    stop: &Stop,
    request: Request<Streaming<M>>,
    read: impl Fn(M) -> Result<Piece<U::Announced>, Failure> + Send,
) -> Result<U::Shown, Status> {
    let caller = caller(&request)?;
    let mut messages = request.into_inner();
    let first = messages.try_next().await?.ok_or_else(without_beginning)?;
    let Piece::Begin(announced) = read(first)? else {
        return Err(without_beginning().into());
    };
    let mut receiving = match uploads.begin_upload(&caller, &announced).await? {
        Begun::Over(shown) => return Ok(shown),
        Begun::Open(receiving) => receiving,
    };
    while !receiving.is_whole() {
        let next = tokio::select! {
            next = tokio::time::timeout(SILENCE_MOST, messages.try_next()) => next,
            () = stop.cancelled() => {
                uploads.store_gathered(&mut receiving).await?;
                return Err(Failure::unavailable("the service stops").into());
            }
        };
        let message = match next {
            Ok(Ok(Some(message))) => message,
            Ok(Ok(None)) => break,
            Ok(Err(broken)) => {
                uploads.store_gathered(&mut receiving).await?;
                return Err(broken);
            }
            Err(_) => {
                uploads.store_gathered(&mut receiving).await?;
                return Err(Failure::unavailable("the client fell silent").into());
            }
        };
        let Piece::Chunk { offset, data } = read(message)? else {
            return Err(Failure::field("begin", "comes once, first").into());
        };
        uploads.receive(&mut receiving, offset, &data).await?;
    }
    Ok(uploads.finish_upload(&caller, receiving).await?)
}

fn without_beginning() -> Failure {
    Failure::field("begin", "must be the first message")
}

fn length(bytes: &[u8]) -> i64 {
    i64::try_from(bytes.len()).unwrap_or(i64::MAX)
}

fn gap(stored: i64) -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::UploadGap,
        "Mancano dei byte prima di questi: riprendere dal punto indicato.",
        "Bytes before these are missing: go on from the offset that is told.",
    )
    .with_metadata("storedBytes", stored.to_string())
}

/// The id of an upload is that of another file.
pub fn id_used() -> Failure {
    Failure::new(
        Class::Exists,
        Reason::IdnE12,
        "Lo stesso upload_id è già stato usato per un altro file.",
        "The same upload_id was already used for another file.",
    )
    .with_violation("begin.upload_id", "must be new for another file")
}

/// Another call goes on with the same upload, ended it, or cancelled it.
pub fn crossed() -> Failure {
    Failure::new(
        Class::Conflict,
        Reason::Conflict,
        "Un'altra chiamata prosegue, ha concluso o ha annullato lo stesso caricamento: chiedere di nuovo.",
        "Another call goes on with the same upload, ended it, or cancelled it: ask again.",
    )
}

/// The bytes that came are not those that were announced.
pub fn other_content() -> Failure {
    Failure::field("begin.sha256", "is not that of the bytes that came")
}
