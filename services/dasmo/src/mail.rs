//! Letters, and the SMTP server that takes them.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use chassis::Failure;
use chrono::{DateTime, Utc};
use lettre::address::Envelope;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::store::digest::Waiting;

/// Longest wait for the server.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who sends, as every letter says. A mailbox of its own may be set up for answers.
const NAME: &str = "INPS – DASMO";

/// Takes letters to where they go.
#[async_trait]
pub(crate) trait Post: Send + Sync + 'static {
    /// Who sends.
    fn sender(&self) -> &Address;

    /// Returns when the server has taken the letter on itself.
    async fn send(&self, to: &str, message: Vec<u8>) -> Result<(), Failure>;
}

/// A letter.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) from: Address,
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    /// The same whenever the letter is sent.
    pub(crate) message_id: String,
    /// Address that ends the subscription, by a click or by the mail program itself (RFC 8058).
    pub(crate) unsubscribe: String,
    pub(crate) at: DateTime<Utc>,
}

impl Letter {
    /// As it travels.
    pub(crate) fn written(self) -> Result<Waiting, Failure> {
        let from = Mailbox::new(Some(NAME.to_owned()), self.from);
        let message = Message::builder()
            .from(from)
            .to(Mailbox::new(None, parse(&self.to)?))
            .subject(self.subject)
            .date(SystemTime::from(self.at))
            .message_id(Some(self.message_id.clone()))
            .header(ListUnsubscribe(format!("<{}>", self.unsubscribe)))
            .header(ListUnsubscribePost)
            .multipart(MultiPart::alternative_plain_html(self.text, self.html))
            .map_err(Failure::internal)?;
        Ok(Waiting {
            message_id: self.message_id,
            message: message.formatted(),
        })
    }
}

/// Reads an address.
pub(crate) fn parse(address: &str) -> Result<Address, Failure> {
    address.parse().map_err(|_| {
        Failure::field(
            "address",
            "must be a mail address, such as nome.cognome@inps.it",
        )
    })
}

/// An SMTP server.
pub(crate) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Address,
}

impl Smtp {
    /// By a URL such as `smtps://mail.example.it`, or `smtp://127.0.0.1:25`.
    pub(crate) fn at(
        url: &str,
        credentials: Option<Credentials>,
        sender: Address,
    ) -> Result<Self, lettre::transport::smtp::Error> {
        let mut transport =
            AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?.timeout(Some(PATIENCE));
        if let Some(credentials) = credentials {
            transport = transport.credentials(credentials);
        }
        Ok(Self {
            transport: transport.build(),
            sender,
        })
    }
}

#[async_trait]
impl Post for Smtp {
    fn sender(&self) -> &Address {
        &self.sender
    }

    async fn send(&self, to: &str, message: Vec<u8>) -> Result<(), Failure> {
        let envelope = Envelope::new(Some(self.sender.clone()), vec![parse(to)?])
            .map_err(Failure::internal)?;
        self.transport
            .send_raw(&envelope, &message)
            .await
            .map(|_| ())
            .map_err(Failure::unavailable)
    }
}

#[derive(Clone)]
struct ListUnsubscribe(String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

#[derive(Clone)]
struct ListUnsubscribePost;

impl Header for ListUnsubscribePost {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe-Post")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "List-Unsubscribe=One-Click".to_owned())
    }
}
