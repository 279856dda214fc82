//! The codec of every method: prost, plus the `buf.validate` rules on what comes in.

use std::marker::PhantomData;

use prost::Message;
use prost_protovalidate::Validate;
use tonic::codec::{Codec, DecodeBuf, Decoder};
use tonic::{Code, Status};
use tonic_prost::{ProstCodec, ProstDecoder, ProstEncoder};
use tonic_types::{ErrorDetails, StatusExt};

/// Decodes with prost and refuses a message that breaks its own rules, with one `BadRequest` violation for each.
#[derive(Debug)]
pub struct ValidatingCodec<Out, In>(PhantomData<(Out, In)>);

impl<Out, In> Default for ValidatingCodec<Out, In> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<Out, In> Codec for ValidatingCodec<Out, In>
where
    Out: Message + Send + 'static,
    In: Message + Default + Validate + Send + 'static,
{
    type Encode = Out;
    type Decode = In;
    type Encoder = ProstEncoder<Out>;
    type Decoder = ValidatingDecoder<In>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstCodec::<Out, In>::default().encoder()
    }

    fn decoder(&mut self) -> Self::Decoder {
        ValidatingDecoder(ProstCodec::<Out, In>::default().decoder())
    }
}

/// The decoding half of [`ValidatingCodec`].
#[derive(Debug)]
pub struct ValidatingDecoder<In>(ProstDecoder<In>);

impl<In: Message + Default + Validate> Decoder for ValidatingDecoder<In> {
    type Item = In;
    type Error = Status;

    fn decode(&mut self, source: &mut DecodeBuf<'_>) -> Result<Option<In>, Status> {
        let message = self.0.decode(source).map_err(|_| malformed())?;
        match &message {
            Some(message) => validate(message)?,
            None => {}
        }
        Ok(message)
    }
}

/// Reason of a malformed field, `omnia.errors.v1.Reason`.
const FIELD_INVALID: &str = "FIELD_INVALID";

fn malformed() -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(FIELD_INVALID, "omnia", std::collections::HashMap::new());
    details.set_localized_message("it-IT", "Il messaggio non può essere letto.");
    Status::with_error_details(
        Code::InvalidArgument,
        "the message cannot be decoded",
        details,
    )
}

fn validate(message: &impl Validate) -> Result<(), Status> {
    let Err(error) = message.validate() else {
        return Ok(());
    };
    let mut details = ErrorDetails::new();
    details.set_error_info(FIELD_INVALID, "omnia", std::collections::HashMap::new());
    details.set_localized_message("it-IT", "Un campo non è valido: si vedano le violazioni.");
    for violation in error.violations() {
        details.add_bad_request_violation(violation.field_path(), violation.message());
    }
    Err(Status::with_error_details(
        Code::InvalidArgument,
        "a field is not valid: see the violations",
        details,
    ))
}
