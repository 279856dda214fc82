//! What went wrong, in words for the person at the browser. No code of the wire is ever shown.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::text::{Language, Text, names};

/// Reason of a field that breaks a rule of the contract: the rule stands in the violation.
const FIELD_INVALID: &str = "FIELD_INVALID";

/// Kind of a problem, from which status and title of the page follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something typed is not right.
    Input,
    /// Right input, but the platform refuses it now.
    Refused,
    /// Not for this role, or not for this person.
    Denied,
    /// The form does not come from a page of this session.
    Forged,
    /// There is no such page, or not for this person.
    NotFound,
    /// The session has ended.
    LoggedOut,
    /// A stronger login is needed: the level to ask for.
    StepUp(String),
    /// Too many requests.
    TooMany,
    /// The platform cannot be reached.
    Unavailable,
    /// A failure of ours.
    Internal,
}

/// Something went wrong.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    /// Kind.
    pub(crate) kind: Kind,
    /// Stable reason, such as `ETAG_MISMATCH`; empty when there is none. Never shown.
    pub(crate) reason: String,
    /// What it says by itself.
    words: Box<Words>,
    /// Trace of the refusal, to tell support; empty for that of the page.
    pub(crate) trace_id: String,
}

/// What a problem says besides its kind.
#[derive(Debug, Clone, Default)]
struct Words {
    /// Message in Italian; empty for the words of the kind.
    it: String,
    /// Message in English; empty for the words of the kind.
    en: String,
    /// Fields that are not right, and the rules that they break.
    violations: Vec<(String, String)>,
}

/// Outcome of a page.
pub(crate) type Outcome<T = Response> = Result<T, Problem>;

impl Problem {
    /// A problem that says what its kind says.
    pub(crate) fn of(kind: Kind) -> Self {
        Self {
            kind,
            reason: String::new(),
            words: Box::default(),
            trace_id: String::new(),
        }
    }

    /// Something typed that is not right, told in the language of the page.
    pub(crate) fn input(text: &str) -> Self {
        Self {
            words: Box::new(Words {
                it: text.to_owned(),
                en: text.to_owned(),
                violations: Vec::new(),
            }),
            ..Self::of(Kind::Input)
        }
    }

    /// Something that cannot be done now, told in the language of the page.
    pub(crate) fn refused(text: &str) -> Self {
        Self {
            kind: Kind::Refused,
            ..Self::input(text)
        }
    }

    /// The message in a language.
    pub(crate) fn message(&self, language: Language) -> String {
        let own = match language {
            Language::Italian => &self.words.it,
            Language::English => &self.words.en,
        };
        if !own.is_empty() {
            return own.clone();
        }
        let t = Text(language);
        match &self.kind {
            Kind::Input => t.problem_input(),
            Kind::Refused => t.problem_refused(),
            Kind::Denied => t.problem_denied(),
            Kind::Forged => t.problem_forged(),
            Kind::NotFound => t.problem_not_found(),
            Kind::LoggedOut => t.problem_logged_out(),
            Kind::StepUp(_) => t.problem_step_up(),
            Kind::TooMany => t.problem_too_many(),
            Kind::Unavailable => t.problem_unavailable(),
            Kind::Internal => t.problem_internal(),
        }
        .to_owned()
    }

    /// The message with the fields that are not right and their rules, for what was sent without inputs to tell them beside.
    pub(crate) fn told(&self, language: Language) -> String {
        let t = Text(language);
        let message = self.message(language);
        let fields = self.words.violations.iter().map(|(field, rule)| {
            match names::file_field(t, field) {
                // The message is the rule already.
                Some(name) if self.reason != FIELD_INVALID => t.problem_field(name),
                Some(name) => t.problem_field_rule(name, rule),
                None => t.problem_field_rule(field, rule),
            }
        });
        let fields: Vec<String> = fields.collect();
        if fields.is_empty() {
            message
        } else {
            format!("{message} {}", fields.join(" "))
        }
    }

    /// Title of the page that tells it.
    pub(crate) fn title(&self, language: Language) -> &'static str {
        let t = Text(language);
        match &self.kind {
            Kind::Input | Kind::Refused => t.problem_title_refused(),
            Kind::Denied | Kind::Forged => t.problem_title_denied(),
            Kind::NotFound => t.problem_title_not_found(),
            Kind::LoggedOut => t.problem_title_logged_out(),
            Kind::StepUp(_) => t.problem_title_step_up(),
            Kind::TooMany => t.problem_title_too_many(),
            Kind::Unavailable => t.problem_title_unavailable(),
            Kind::Internal => t.problem_title_internal(),
        }
    }

    /// Status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        match self.kind {
            Kind::Input => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::Refused => StatusCode::CONFLICT,
            Kind::Denied | Kind::Forged => StatusCode::FORBIDDEN,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::LoggedOut | Kind::StepUp(_) => StatusCode::UNAUTHORIZED,
            Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Kind::Unavailable => StatusCode::BAD_GATEWAY,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Whether it is about what was typed or asked, so that the page asked from can tell it.
    pub(crate) fn is_about_request(&self) -> bool {
        matches!(self.kind, Kind::Input | Kind::Refused)
    }
}

impl From<Status> for Problem {
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        let info = details.error_info();
        let reason = info.map(|info| info.reason.clone()).unwrap_or_default();
        let level = info.and_then(|info| info.metadata.get("acr_values").cloned());
        let kind = kind_of(status.code(), &reason, level);
        // The words of a failure of ours are those of the kind: what a transport says is not for people.
        let told = info.is_some_and(|info| info.domain == "omnia");
        let own = told && !matches!(kind, Kind::Unavailable | Kind::Internal);
        let italian = details
            .localized_message()
            .filter(|message| own && message.locale.starts_with("it"))
            .map(|message| message.message.clone());
        let english = if own { status.message() } else { "" };
        let violations = details.bad_request().map_or_else(Vec::new, |bad| {
            let fields = bad.field_violations.iter();
            fields
                .map(|one| (one.field.clone(), one.description.clone()))
                .collect()
        });
        Self {
            words: Box::new(Words {
                it: italian.unwrap_or_default(),
                en: english.to_owned(),
                violations,
            }),
            trace_id: details
                .request_info()
                .map(|info| info.request_id.clone())
                .unwrap_or_default(),
            kind,
            reason,
        }
    }
}

fn kind_of(code: Code, reason: &str, level: Option<String>) -> Kind {
    match code {
        Code::InvalidArgument | Code::OutOfRange => Kind::Input,
        Code::FailedPrecondition | Code::Aborted | Code::AlreadyExists => Kind::Refused,
        Code::PermissionDenied => Kind::Denied,
        Code::NotFound => Kind::NotFound,
        Code::Unauthenticated if reason == "IDN-E03" => Kind::StepUp(level.unwrap_or_default()),
        Code::Unauthenticated => Kind::LoggedOut,
        Code::ResourceExhausted => Kind::TooMany,
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => Kind::Unavailable,
        Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss | Code::Unimplemented => {
            Kind::Internal
        }
    }
}

/// The page that tells the problem is made where the person and the language are known (`web::enter`).
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use tonic_types::ErrorDetails;

    use super::*;

    fn refusal(code: Code, reason: &str, metadata: HashMap<String, String>) -> Problem {
        let mut details = ErrorDetails::new();
        details.set_error_info(reason, "omnia", metadata);
        details.set_localized_message("it-IT", "In parole.");
        details.set_request_info("0af7651916cd43dd8448eb211c80319c", "");
        Status::with_error_details(code, "In words.", details).into()
    }

    #[test]
    fn a_refusal_is_told_in_the_readers_language_with_its_trace() {
        let problem = refusal(Code::FailedPrecondition, "INVALID_STATE", HashMap::new());
        assert_eq!(problem.message(Language::Italian), "In parole.");
        assert_eq!(problem.message(Language::English), "In words.");
        assert_eq!(problem.trace_id, "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(problem.status(), StatusCode::CONFLICT);
    }

    #[test]
    fn a_file_that_is_refused_is_told_with_field_and_rule() {
        let refused = |reason: &str, field: &str| {
            let mut details = ErrorDetails::new();
            details.set_error_info(reason, "omnia", HashMap::new());
            details.set_localized_message("it-IT", "Un file può avere al massimo 10 MiB.");
            details.add_bad_request_violation(field, "a file has at most 10 MiB");
            let status = Status::with_error_details(Code::InvalidArgument, "Too large.", details);
            Problem::from(status).told(Language::Italian)
        };
        let told = refused("ATTACHMENT_NOT_ALLOWED", "total_bytes");
        assert_eq!(
            told,
            "Un file può avere al massimo 10 MiB. (Dato: dimensione.)"
        );
        let told = refused("FIELD_INVALID", "begin.sha256");
        assert!(told.contains("contenuto") && told.contains("at most 10 MiB"));
    }

    #[test]
    fn what_a_transport_says_is_never_shown() {
        let problem = Problem::from(Status::unavailable("tcp connect error 10.0.0.7:8080"));
        assert_eq!(problem.status(), StatusCode::BAD_GATEWAY);
        assert!(!problem.message(Language::Italian).contains("tcp"));
        assert!(!problem.message(Language::English).contains("tcp"));
    }

    #[test]
    fn an_expired_token_is_the_end_of_the_session_and_a_low_level_asks_for_a_higher() {
        assert_eq!(
            refusal(Code::Unauthenticated, "IDN-E02", HashMap::new()).kind,
            Kind::LoggedOut
        );
        let level = HashMap::from([("acr_values".to_owned(), "L3".to_owned())]);
        assert_eq!(
            refusal(Code::Unauthenticated, "IDN-E03", level).kind,
            Kind::StepUp("L3".to_owned())
        );
    }
}
