//! The services of the platform.

use std::sync::Arc;

use chassis::Service;

/// The edge; not a [`Service`], since it forwards bytes instead of serving methods.
pub(crate) const GATEWAY: &str = "gateway";

/// The web face; no [`Service`] either, and without a database.
pub(crate) const PORTAL: &str = portal::NAME;

/// Every name that `run` takes.
pub(crate) const RUNNABLE: [&str; 7] = [
    GATEWAY, "anagrafe", "limits", "claims", "payments", "dasmo", PORTAL,
];

/// Who the commands of this binary are when they call a service.
pub(crate) const OPERATOR: &str = "operator";

/// Every name that `migrate` and `audit verify` take: those with a database.
pub(crate) const NAMES: [&str; 6] = [GATEWAY, "anagrafe", "limits", "claims", "payments", "dasmo"];

/// The services behind the gateway, in the order in which they are started.
pub(crate) fn all() -> Vec<Arc<dyn Service>> {
    vec![
        Arc::new(anagrafe::Anagrafe),
        Arc::new(limits::Limits),
        Arc::new(claims::Claims),
        Arc::new(payments::Payments),
        Arc::new(dasmo::Dasmo),
    ]
}

/// The service of a name.
pub(crate) fn named(name: &str) -> Option<Arc<dyn Service>> {
    all().into_iter().find(|service| service.name() == name)
}
