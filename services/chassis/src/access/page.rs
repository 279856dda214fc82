//! The permission reference, generated: which role may call which method, over what.

use std::fmt::Write;

use super::matrix::Matrix;
use super::role::Role;
use super::rules::{Access, MethodRule, Rules};

/// Content of `docs/permissions.md`.
pub fn permissions_markdown() -> String {
    let mut page = String::from(HEAD);
    let mut service = "";
    for (path, rule) in Rules::embedded().iter() {
        let (of, method) = path[1..].split_once('/').unwrap_or((path, ""));
        if of != service {
            service = of;
            write_service(&mut page, service);
        }
        write_method(&mut page, method, rule);
    }
    page.push_str("\n## Capabilities\n\n| id | words of `identity.md` §5; of PGD, `claims.md` §10.5 |\n|---|---|\n");
    for (id, title) in Matrix::embedded().capabilities() {
        line(&mut page, &[id, title]);
    }
    page
}

const HEAD: &str = "\
# Who may call what

Generated from the access rules in `proto/` and from `permissions/matrix.csv`; do not edit. `OMNIA_BLESS=1 cargo nextest \
run -p chassis permissions` writes it anew.

Letters: **O** own · **D** delegators' under an active mandate · **E** own body · **S** own Sede · **M** metropolitan area \
· **R** own region · **N** national · **X** de-identified · **A** aggregates · **T** technical data. `@AREA`: the role must \
hold that subject area. `!L3`: level of the authentication. `:condition`: enforced by the service. `|`: the first that \
applies. A role that is not named is refused (IDN-E04). The roles that the DAS capabilities name also need a DASMO grant \
(`claims.md` DAS-9), except for **T**.
";

fn write_service(page: &mut String, service: &str) {
    page.push_str("\n## ");
    page.push_str(service);
    page.push_str("\n\n| method | rule | level | roles |\n|---|---|---|---|\n");
}

fn write_method(page: &mut String, method: &str, rule: &MethodRule) {
    let (way, level, roles) = match &rule.access {
        Access::Anyone => (
            "anyone".to_owned(),
            "none".to_owned(),
            "everybody, also without a token".to_owned(),
        ),
        Access::Authenticated => (
            "authenticated".to_owned(),
            rule.level.to_string(),
            "everybody".to_owned(),
        ),
        Access::Services(names) => (
            "services".to_owned(),
            "–".to_owned(),
            format!("SYS-I: {}; not routed by the gateway", names.join(", ")),
        ),
        Access::Capability(id) => {
            let level = Matrix::embedded()
                .level(id)
                .map_or(rule.level, |page| page.max(rule.level));
            (id.clone(), level.to_string(), roles(id, rule))
        }
    };
    line(page, &[method, &way, &level, &roles.replace('|', "\\|")]);
}

fn roles(capability: &str, rule: &MethodRule) -> String {
    let mut cells = Vec::new();
    for role in Role::ALL {
        let alternatives = Matrix::embedded().alternatives(capability, role);
        if alternatives.is_empty()
            || !(rule.only_roles.is_empty() || rule.only_roles.contains(&role))
        {
            continue;
        }
        let cell: Vec<String> = alternatives.iter().map(ToString::to_string).collect();
        cells.push(format!("{role} {}", cell.join("|")));
    }
    cells.join(" · ")
}

fn line(page: &mut String, cells: &[&str]) {
    // Writing to a string cannot fail.
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "a developer asks for the page to be written anew"
    )]
    fn the_permission_page_is_current() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/permissions.md");
        if std::env::var("OMNIA_BLESS").is_ok() {
            std::fs::write(&path, permissions_markdown()).unwrap();
        }
        let page = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            page == permissions_markdown(),
            "docs/permissions.md is stale: run this test with OMNIA_BLESS=1"
        );
    }
}
