//! A reader that lets through only so many bytes until it is allowed more, so that a file without line ends, or with an
//! endless element, never fills the memory.

use std::io::{self, BufRead, Read};

/// A source with an allowance.
pub(super) struct Metered<R> {
    inner: R,
    left: usize,
}

impl<R> Metered<R> {
    /// A source that lets nothing through yet.
    pub(super) fn new(inner: R) -> Self {
        Self { inner, left: 0 }
    }

    /// Lets so many more bytes through, whatever was left.
    pub(super) fn allow(&mut self, bytes: usize) {
        self.left = bytes;
    }

    fn exhausted() -> io::Error {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "a line is longer than the layout allows",
        )
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(Self::exhausted());
        }
        let room = buffer.len().min(self.left);
        let read = self.inner.read(&mut buffer[..room])?;
        self.left -= read;
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(Self::exhausted());
        }
        let buffer = self.inner.fill_buf()?;
        Ok(&buffer[..buffer.len().min(self.left)])
    }

    fn consume(&mut self, read: usize) {
        self.left -= read.min(self.left);
        self.inner.consume(read);
    }
}
