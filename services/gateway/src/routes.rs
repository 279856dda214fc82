//! Which methods there are, their rules, and who answers them. A service is added by one line of configuration: its
//! package, and its name.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chassis::access::{Access, MethodRule, Rules};

use crate::upstream::Upstream;

/// A method that the gateway lets through.
#[derive(Debug)]
pub(crate) struct Method {
    /// Path, such as `/omnia.claims.v1.ClaimsService/GetClaim`.
    pub(crate) path: &'static str,
    /// Full name of the service.
    pub(crate) service: &'static str,
    /// Name of the method.
    pub(crate) name: &'static str,
    pub(crate) rule: &'static MethodRule,
    pub(crate) upstream: Arc<Upstream>,
    /// Place in the table, for digests.
    pub(crate) number: u32,
}

impl Method {
    /// Whether either side streams.
    pub(crate) fn streams(&self) -> bool {
        self.rule.server_streaming || self.rule.client_streaming
    }
}

/// The methods by path.
#[derive(Debug)]
pub(crate) struct Routes(HashMap<&'static str, Arc<Method>>);

impl Routes {
    /// Joins the rules of the contract with the routes of the configuration (package or service → name). Methods of
    /// services among themselves are left out: from outside they do not exist.
    pub(crate) fn new(
        rules: &'static Rules,
        routes: &BTreeMap<String, String>,
        upstreams: &BTreeMap<String, Arc<Upstream>>,
    ) -> Result<Self, UnknownUpstream> {
        let mut methods = HashMap::new();
        for (number, (path, rule)) in (0..).zip(rules.iter()) {
            let Some((service, name)) = path[1..].split_once('/') else {
                continue;
            };
            let Some(target) = target(service, routes) else {
                continue;
            };
            if matches!(rule.access, Access::Services(_)) {
                continue;
            }
            let upstream = upstreams
                .get(target)
                .ok_or_else(|| UnknownUpstream(target.to_owned()))?;
            let upstream = Arc::clone(upstream);
            methods.insert(
                path,
                Arc::new(Method {
                    path,
                    service,
                    name,
                    rule,
                    upstream,
                    number,
                }),
            );
        }
        Ok(Self(methods))
    }

    /// The method of a path, when there is one that can be called from outside.
    pub(crate) fn find(&self, path: &str) -> Option<&Arc<Method>> {
        self.0.get(path)
    }
}

/// The longest route that a service lies under.
fn target<'a>(service: &str, routes: &'a BTreeMap<String, String>) -> Option<&'a str> {
    routes
        .iter()
        .filter(|(prefix, _)| {
            service
                .strip_prefix(prefix.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
        .max_by_key(|(prefix, _)| prefix.len())
        .map(|(_, target)| target.as_str())
}

/// A route leads to a service whose address is not configured.
#[derive(Debug, thiserror::Error)]
#[error("a route leads to `{0}`, whose address is not configured")]
pub struct UnknownUpstream(String);

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(prefix, target)| ((*prefix).to_owned(), (*target).to_owned()))
            .collect()
    }

    #[test]
    fn the_longest_prefix_wins_and_only_whole_names_count() {
        let routes = routes(&[
            ("omnia.claims.v1", "claims"),
            ("omnia.claims.v1.OfficeService", "office"),
        ]);
        assert_eq!(
            target("omnia.claims.v1.ClaimsService", &routes),
            Some("claims")
        );
        assert_eq!(
            target("omnia.claims.v1.OfficeService", &routes),
            Some("office")
        );
        assert_eq!(
            target("omnia.claims.v1.OfficeServiceTwo", &routes),
            Some("claims")
        );
        assert_eq!(target("omnia.claims.v10.ClaimsService", &routes), None);
    }

    #[test]
    fn methods_of_services_among_themselves_are_not_there() {
        let upstreams: BTreeMap<_, _> = ["anagrafe", "limits"]
            .into_iter()
            .map(|name| {
                (
                    name.to_owned(),
                    Arc::new(Upstream::new(name, "http://127.0.0.1:1".parse().unwrap())),
                )
            })
            .collect();
        let lines = routes(&[
            ("omnia.anagrafe.v1", "anagrafe"),
            ("omnia.limits.v1", "limits"),
        ]);
        let table = Routes::new(Rules::embedded(), &lines, &upstreams).unwrap();
        assert!(
            table
                .find("/omnia.anagrafe.v1.TerritoryService/GetOffice")
                .is_some()
        );
        assert!(
            table
                .find("/omnia.anagrafe.v1.PrincipalService/ResolvePrincipal")
                .is_none()
        );
        assert!(
            table
                .find("/omnia.limits.v1.ReservationService/Reserve")
                .is_none()
        );
        assert!(
            table
                .find("/omnia.claims.v1.ClaimsService/GetClaim")
                .is_none(),
            "not routed"
        );
    }

    #[test]
    fn a_route_to_nowhere_does_not_start() {
        let lines = routes(&[("omnia.limits.v1", "limits")]);
        assert!(Routes::new(Rules::embedded(), &lines, &BTreeMap::new()).is_err());
    }
}
