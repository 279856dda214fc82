//! Failures: what a use case answers when it cannot do what was asked, and the one door from there to the wire.

use std::collections::HashMap;
use std::error::Error;

pub use proto::omnia::errors::v1::Reason;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// `google.rpc.ErrorInfo.domain` of every reason of the catalogue.
const DOMAIN: &str = "omnia";

/// Kind of a failure, from which the gRPC code follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A field is malformed or contradicts another. `INVALID_ARGUMENT`.
    Malformed,
    /// Right input in the wrong state, term or balance. `FAILED_PRECONDITION`.
    Precondition,
    /// The caller may not. `PERMISSION_DENIED`.
    Denied,
    /// Not there, or not for this caller. `NOT_FOUND`.
    NotFound,
    /// Who is it? `UNAUTHENTICATED`.
    Unauthenticated,
    /// Lost a race or read an old version. `ABORTED`.
    Conflict,
    /// A key was used before for something else. `ALREADY_EXISTS`.
    Exists,
    /// Too much. `RESOURCE_EXHAUSTED`.
    Exhausted,
    /// Not now. `UNAVAILABLE`.
    Unavailable,
    /// Too late. `DEADLINE_EXCEEDED`.
    Deadline,
    /// A failure of ours. `INTERNAL`.
    Internal,
}

/// A field that is not right, and the rule it breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field in the request, such as `content.period.first_week`.
    pub field: String,
    /// What is wrong and what would be right.
    pub description: String,
}

/// A refusal with its reason, or a failure of ours with its cause. The cause goes to the log and never to the caller.
#[derive(Debug)]
pub struct Failure(Box<Inner>);

#[derive(Debug)]
struct Inner {
    class: Class,
    reason: Reason,
    it: String,
    en: String,
    violations: Vec<Violation>,
    metadata: HashMap<String, String>,
    retry_after: Option<std::time::Duration>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

/// Result of a use case.
pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// A refusal, in Italian and in English.
    pub fn new(class: Class, reason: Reason, it: impl Into<String>, en: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            class,
            reason,
            it: it.into(),
            en: en.into(),
            violations: Vec::new(),
            metadata: HashMap::new(),
            retry_after: None,
            cause: None,
        }))
    }

    /// One malformed field.
    pub fn field(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::new(
            Class::Malformed,
            Reason::FieldInvalid,
            "Un campo non è valido: si vedano le violazioni.",
            "A field is not valid: see the violations.",
        )
        .with_violation(field, description)
    }

    /// Not found, or outside the caller's scope: the same words for both (`identity.md` §4.1).
    pub fn not_found() -> Self {
        Self::new(
            Class::NotFound,
            Reason::IdnE06,
            "Elemento non trovato.",
            "Not found.",
        )
    }

    /// A filter or target that the caller named lies outside the scope.
    pub fn outside_scope() -> Self {
        Self::new(
            Class::Denied,
            Reason::IdnE05,
            "Il filtro o la posizione indicata è fuori dal proprio ambito.",
            "The filter or position named lies outside your scope.",
        )
    }

    /// The role lacks the capability.
    pub fn capability_lacking() -> Self {
        Self::new(
            Class::Denied,
            Reason::IdnE04,
            "Il ruolo scelto non consente questa operazione.",
            "The chosen role does not allow this operation.",
        )
    }

    /// No active mandate or delegation covers this.
    pub fn mandate_not_active() -> Self {
        Self::new(
            Class::Denied,
            Reason::IdnE07,
            "Manca una delega attiva che copra questa operazione.",
            "No active mandate covers this operation.",
        )
    }

    /// A request id that was used before with another content.
    pub fn request_id_reused() -> Self {
        Self::new(
            Class::Exists,
            Reason::IdnE12,
            "Lo stesso request_id è già stato usato con un altro contenuto.",
            "The same request_id was already used with another content.",
        )
        .with_violation("request_id", "must be new for a new content")
    }

    /// The row changed since the caller read it.
    pub fn etag_mismatch() -> Self {
        Self::new(
            Class::Conflict,
            Reason::EtagMismatch,
            "I dati sono cambiati nel frattempo: rileggere e riprovare.",
            "The data changed meanwhile: read them again and retry.",
        )
        .with_violation("etag", "is not that of the current version")
    }

    /// A failure of ours.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let mut failure = Self::new(
            Class::Internal,
            Reason::Internal,
            "Errore interno. Indicare all'assistenza il trace id.",
            "Internal error. Give the trace id to support.",
        );
        failure.0.cause = Some(cause.into());
        failure
    }

    /// Something we depend on does not answer.
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let mut failure = Self::new(
            Class::Unavailable,
            Reason::IdnE19,
            "Servizio momentaneamente non disponibile. Riprovare tra poco.",
            "Service unavailable at the moment. Try again shortly.",
        )
        .with_retry_after(std::time::Duration::from_secs(1));
        failure.0.cause = Some(cause.into());
        failure
    }

    /// Adds a field that is not right.
    #[must_use]
    pub fn with_violation(
        mut self,
        field: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        self.0.violations.push(Violation {
            field: field.into(),
            description: description.into(),
        });
        self
    }

    /// Adds a datum that a program can use, such as the protocol number of the claim collided with.
    #[must_use]
    pub fn with_metadata(mut self, key: &str, value: impl Into<String>) -> Self {
        self.0.metadata.insert(key.to_owned(), value.into());
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn with_retry_after(mut self, after: std::time::Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// Kind.
    pub fn class(&self) -> Class {
        self.0.class
    }

    /// Reason.
    pub fn reason(&self) -> Reason {
        self.0.reason
    }

    /// Fields that are not right.
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", reason_code(self.0.reason), self.0.en)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0
            .cause
            .as_ref()
            .map(|cause| &**cause as &(dyn Error + 'static))
    }
}

/// The reason as it travels: `IDN-E04` for the codes of `identity.md`, the bare name for the others.
pub fn reason_code(reason: Reason) -> String {
    let name = reason.as_str_name().trim_start_matches("REASON_");
    match name.strip_prefix("IDN_") {
        Some(code) => format!("IDN-{code}"),
        None => name.to_owned(),
    }
}

/// The reason that travels under a code; the reverse of [`reason_code`].
fn reason_named(code: &str) -> Option<Reason> {
    Reason::from_str_name(&format!("REASON_{}", code.replace('-', "_")))
}

impl Class {
    /// Refusals on the ground of what was asked: what another service refused so, its caller may pass on.
    fn of_refusal(code: Code) -> Option<Self> {
        match code {
            Code::InvalidArgument => Some(Self::Malformed),
            Code::FailedPrecondition => Some(Self::Precondition),
            Code::PermissionDenied => Some(Self::Denied),
            Code::NotFound => Some(Self::NotFound),
            Code::Aborted => Some(Self::Conflict),
            Code::AlreadyExists => Some(Self::Exists),
            _ => None,
        }
    }

    fn code(self) -> Code {
        match self {
            Self::Malformed => Code::InvalidArgument,
            Self::Precondition => Code::FailedPrecondition,
            Self::Denied => Code::PermissionDenied,
            Self::NotFound => Code::NotFound,
            Self::Unauthenticated => Code::Unauthenticated,
            Self::Conflict => Code::Aborted,
            Self::Exists => Code::AlreadyExists,
            Self::Exhausted => Code::ResourceExhausted,
            Self::Unavailable => Code::Unavailable,
            Self::Deadline => Code::DeadlineExceeded,
            Self::Internal => Code::Internal,
        }
    }
}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        let is_ours = matches!(failure.class(), Class::Internal | Class::Unavailable);
        // Without a cause it is a refusal on purpose, such as load that is shed: counted rather than explained.
        if is_ours && failure.0.cause.is_some() {
            tracing::error!(error = &failure as &dyn Error, "request failed");
        }
        let inner = *failure.0;
        let mut details = ErrorDetails::new();
        details.set_error_info(reason_code(inner.reason), DOMAIN, inner.metadata);
        if inner.class == Class::Precondition {
            details.add_precondition_failure_violation(
                reason_code(inner.reason),
                "",
                inner.en.clone(),
            );
        }
        for violation in inner.violations {
            details.add_bad_request_violation(violation.field, violation.description);
        }
        if let Some(after) = inner.retry_after {
            details.set_retry_info(Some(after));
        }
        details.set_localized_message("it-IT", inner.it);
        Self::with_error_details(inner.class.code(), inner.en, details)
    }
}

/// What another service answered to a call of ours. Its refusals are passed on with reason, texts and data; that it
/// cannot be reached makes us unavailable too; anything else is a failure of ours.
impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::Unavailable | Code::ResourceExhausted => Self::unavailable(status),
            Code::DeadlineExceeded => crate::server::deadline::too_late(),
            code => Class::of_refusal(code)
                .and_then(|class| Self::passed_on(class, &status))
                .unwrap_or_else(|| Self::internal(status)),
        }
    }
}

impl Failure {
    fn passed_on(class: Class, status: &Status) -> Option<Self> {
        let details = status.get_error_details();
        let info = details.error_info().filter(|info| info.domain == DOMAIN)?;
        let reason = reason_named(&info.reason)?;
        let it = details
            .localized_message()
            .map_or(status.message(), |text| &text.message);
        let mut failure = Self::new(class, reason, it, status.message());
        failure.0.metadata.clone_from(&info.metadata);
        failure.0.retry_after = details.retry_info().and_then(|retry| retry.retry_delay);
        for violation in details
            .bad_request()
            .iter()
            .flat_map(|request| &request.field_violations)
        {
            failure = failure.with_violation(&violation.field, &violation.description);
        }
        Some(failure)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        if crate::db::is_conflict(&error) {
            let mut failure = Self::new(
                Class::Conflict,
                Reason::Conflict,
                "Operazione concorrente: riprovare.",
                "Lost a race with another operation: try again.",
            );
            failure.0.cause = Some(error.into());
            return failure;
        }
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => {
                Self::unavailable(error)
            }
            other => Self::internal(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn every_reason() -> impl Iterator<Item = Reason> {
        (0..1_000).filter_map(|number| Reason::try_from(number).ok())
    }

    fn limit_exceeded() -> Failure {
        Failure::new(
            Class::Precondition,
            Reason::LimitExceeded,
            "Settimane esaurite.",
            "No weeks are left.",
        )
        .with_metadata("residualWeeks", "3")
    }

    #[test]
    fn the_reasons_of_the_page_travel_with_a_hyphen_and_the_others_bare() {
        assert_eq!(reason_code(Reason::IdnE04), "IDN-E04");
        assert_eq!(reason_code(Reason::Limit52Weeks), "LIMIT_52_WEEKS");
    }

    #[test]
    fn every_reason_is_read_back_from_the_code_it_travels_as() {
        for reason in every_reason() {
            assert_eq!(reason_named(&reason_code(reason)), Some(reason));
        }
    }

    #[test]
    fn a_refusal_tells_reason_data_and_the_italian_twin() {
        let status = Status::from(limit_exceeded());
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(status.message(), "No weeks are left.");
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(
            (info.reason.as_str(), info.domain.as_str()),
            ("LIMIT_EXCEEDED", "omnia")
        );
        assert_eq!(info.metadata["residualWeeks"], "3");
        assert_eq!(
            details.precondition_failure().unwrap().violations[0].r#type,
            "LIMIT_EXCEEDED"
        );
        let text = details.localized_message().unwrap();
        assert_eq!(
            (text.locale.as_str(), text.message.as_str()),
            ("it-IT", "Settimane esaurite.")
        );
    }

    #[test]
    fn every_malformed_field_is_listed() {
        let failure =
            Failure::field("weeks", "must be at least 1").with_violation("unit", "is required");
        let details = Status::from(failure).get_error_details();
        let fields: Vec<_> = details
            .bad_request()
            .unwrap()
            .field_violations
            .iter()
            .map(|violation| &violation.field)
            .collect();
        assert_eq!(fields, ["weeks", "unit"]);
    }

    #[test]
    fn the_cause_of_a_failure_of_ours_never_reaches_the_caller() {
        let status = Status::from(Failure::internal("connect to 10.0.0.7 as omnia_claims"));
        assert_eq!(status.code(), Code::Internal);
        assert!(!format!("{status:?}").contains("10.0.0.7"));
    }

    #[test]
    fn who_is_told_to_come_back_is_told_when() {
        let status = Status::from(Failure::unavailable("the database is away"));
        assert_eq!(status.code(), Code::Unavailable);
        assert_eq!(status.get_details_error_info().unwrap().reason, "IDN-E19");
        assert_eq!(
            status.get_details_retry_info().unwrap().retry_delay,
            Some(Duration::from_secs(1))
        );
    }

    #[test]
    fn the_refusal_of_another_service_is_passed_on_whole() {
        let passed_on = Failure::from(Status::from(
            limit_exceeded().with_violation("weeks", "exceeds the limit"),
        ));
        assert_eq!(
            (passed_on.class(), passed_on.reason()),
            (Class::Precondition, Reason::LimitExceeded)
        );
        assert_eq!(passed_on.violations()[0].field, "weeks");
        let details = Status::from(passed_on).get_error_details();
        assert_eq!(details.error_info().unwrap().metadata["residualWeeks"], "3");
        assert_eq!(
            details.localized_message().unwrap().message,
            "Settimane esaurite."
        );
    }

    #[test]
    fn another_service_that_fails_or_does_not_know_us_is_a_failure_of_ours() {
        for code in [
            Code::Internal,
            Code::Unknown,
            Code::Unauthenticated,
            Code::Unimplemented,
        ] {
            assert_eq!(
                Failure::from(Status::new(code, "")).class(),
                Class::Internal
            );
        }
        assert_eq!(
            Failure::from(Status::not_found("without a reason")).class(),
            Class::Internal
        );
        assert_eq!(
            Failure::from(Status::unavailable("")).class(),
            Class::Unavailable
        );
        assert_eq!(
            Failure::from(Status::deadline_exceeded("")).class(),
            Class::Deadline
        );
    }

    #[test]
    fn a_pool_without_a_free_connection_asks_to_come_back() {
        assert_eq!(
            Failure::from(sqlx::Error::PoolTimedOut).class(),
            Class::Unavailable
        );
        assert_eq!(
            Failure::from(sqlx::Error::RowNotFound).class(),
            Class::Internal
        );
    }
}
