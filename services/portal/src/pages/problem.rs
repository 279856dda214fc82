//! The page that tells what went wrong.

use askama::Template;
use axum::response::Response;

use super::with_status;
use crate::frame::Frame;
use crate::problem::Problem;
use crate::web::Visit;

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    f: Frame,
    message: String,
    trace_id: String,
}

#[derive(Template)]
#[template(path = "part_problem.html")]
struct ProblemPart {
    f: Frame,
    message: String,
    trace_id: String,
}

/// A whole page, or the part of one that was asked for.
pub(crate) fn page(visit: &Visit, problem: &Problem) -> Response {
    let f = visit.frame(problem.title(visit.language));
    let message = problem.message(visit.language);
    let trace_id = if problem.trace_id.is_empty() {
        visit.trace_id.clone()
    } else {
        problem.trace_id.clone()
    };
    if visit.partial {
        return with_status(
            http::StatusCode::OK,
            &ProblemPart {
                f,
                message,
                trace_id,
            },
        );
    }
    with_status(
        problem.status(),
        &ProblemPage {
            f,
            message,
            trace_id,
        },
    )
}
