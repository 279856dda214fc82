//! Pages that say the same to everybody.

use askama::Template;
use axum::response::Response;

use super::page;
use crate::frame::Frame;
use crate::web::Visitor;

#[derive(Template)]
#[template(path = "fixed.html")]
struct FixedPage {
    f: Frame,
    sections: Vec<(&'static str, &'static str)>,
}

/// The accessibility statement (L. 4/2004 art. 3-quater).
pub(super) async fn accessibility(visit: Visitor) -> Response {
    let t = visit.text();
    page(&FixedPage {
        f: visit.frame(t.accessibility_title()),
        sections: vec![
            (t.accessibility_state_title(), t.accessibility_state()),
            (t.accessibility_content_title(), t.accessibility_content()),
            (t.accessibility_method_title(), t.accessibility_method()),
            (t.accessibility_feedback_title(), t.accessibility_feedback()),
            (t.accessibility_recourse_title(), t.accessibility_recourse()),
        ],
    })
}

/// What the portal does with data.
pub(super) async fn privacy(visit: Visitor) -> Response {
    let t = visit.text();
    page(&FixedPage {
        f: visit.frame(t.privacy_title()),
        sections: vec![
            (t.privacy_data_title(), t.privacy_data()),
            (t.privacy_cookies_title(), t.privacy_cookies()),
            (t.privacy_trace_title(), t.privacy_trace()),
            (t.privacy_rights_title(), t.privacy_rights()),
        ],
    })
}
