//! Style sheets, scripts, icons and typefaces: compiled in, named by their content, compressed beforehand.

use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, StatusCode};

/// A file that the pages refer to.
#[derive(Debug)]
pub(crate) struct Asset {
    /// Path, with a hash of the content.
    pub(crate) path: &'static str,
    kind: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/assets/table.rs"));

impl Asset {
    /// The smallest form that the browser understands, and what it is called.
    fn form(&self, accepted: &str) -> (&'static [u8], Option<&'static str>) {
        let understands = |coding: &str| {
            accepted.split(',').any(|one| {
                let mut parts = one.trim().split(';');
                parts.next() == Some(coding) && !parts.any(|rest| rest.trim() == "q=0")
            })
        };
        match (self.brotli, self.gzip) {
            (Some(brotli), _) if understands("br") => (brotli, Some("br")),
            (_, Some(gzip)) if understands("gzip") => (gzip, Some("gzip")),
            _ => (self.plain, None),
        }
    }
}

/// Serves a file for ever: another content has another name.
pub(crate) async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let path = format!("/risorse/{name}");
    let Some(asset) = ALL.iter().find(|asset| asset.path == path) else {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    let accepted = headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let (content, coding) = asset.form(accepted);
    let mut response = Response::new(Body::from(content));
    let out = response.headers_mut();
    out.insert(CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    out.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    out.insert(VARY, HeaderValue::from_static("accept-encoding"));
    out.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(coding) = coding {
        out.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_a_page_loads_weighs_less_than_300_kilobytes() {
        let weight: usize = ALL
            .iter()
            .map(|asset| asset.brotli.unwrap_or(asset.plain).len())
            .sum();
        assert!(weight < 285_000, "{weight} bytes before the page itself");
    }

    #[test]
    fn a_browser_gets_the_smallest_form_that_it_understands() {
        let style = ALL.iter().find(|asset| asset.path == STYLE).unwrap();
        assert_eq!(style.form("gzip, deflate, br").1, Some("br"));
        assert_eq!(style.form("gzip").1, Some("gzip"));
        assert_eq!(style.form("br;q=0, identity").1, None);
        assert_eq!(style.form("").0, style.plain);
    }
}
