//! What a path says of the method that is called.

use std::collections::HashMap;
use std::sync::LazyLock;

use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

/// A method of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Method {
    /// Full name of the service.
    pub(crate) service: &'static str,
    /// Name of the method.
    pub(crate) name: &'static str,
    /// Whether one message is asked and one is answered.
    pub(crate) unary: bool,
}

/// Methods of which a second call has the effect of one: reads, and the steps of sagas, which carry the id of what they
/// make. Only these are tried again.
const IDEMPOTENT: [&str; 7] = [
    "Get", "List", "Evaluate", "Reserve", "Confirm", "Release", "Resolve",
];

/// What is said of a path that is not in the contract; metrics and spans never carry a name that a caller made up.
const UNKNOWN: Method = Method {
    service: "unknown",
    name: "unknown",
    unary: true,
};

impl Method {
    /// The method at a path such as `/omnia.claims.v1.ClaimsService/GetClaim`.
    pub(crate) fn at(path: &str) -> Self {
        METHODS.get(path).copied().unwrap_or(UNKNOWN)
    }

    /// Whether a call may be tried again when it is not known to have arrived.
    pub(crate) fn is_idempotent(&self) -> bool {
        self.unary
            && IDEMPOTENT
                .iter()
                .any(|prefix| self.name.starts_with(prefix))
    }
}

static METHODS: LazyLock<HashMap<String, Method>> = LazyLock::new(|| {
    let contract = FileDescriptorSet::decode(proto::DESCRIPTORS).unwrap_or_default();
    contract.file.iter().flat_map(methods_of).collect()
});

fn methods_of(file: &FileDescriptorProto) -> Vec<(String, Method)> {
    let mut methods = Vec::new();
    for service in &file.service {
        // Kept for the life of the process: labels of metrics and spans borrow them.
        let full: &'static str =
            Box::leak(format!("{}.{}", file.package(), service.name()).into_boxed_str());
        for method in &service.method {
            let name: &'static str = Box::leak(method.name().to_owned().into_boxed_str());
            let unary = !method.client_streaming() && !method.server_streaming();
            methods.push((
                format!("/{full}/{name}"),
                Method {
                    service: full,
                    name,
                    unary,
                },
            ));
        }
    }
    methods
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_says_which_methods_are_unary() {
        assert!(Method::at("/omnia.claims.v1.ClaimsService/GetClaim").unary);
        assert!(!Method::at("/omnia.feed.v1.FeedService/Subscribe").unary);
        assert!(!Method::at("/omnia.anagrafe.v1.ImportService/ImportMasterData").unary);
    }

    #[test]
    fn only_reads_and_steps_of_sagas_are_tried_again() {
        assert!(Method::at("/omnia.limits.v1.ReservationService/Reserve").is_idempotent());
        assert!(Method::at("/omnia.anagrafe.v1.PrincipalService/ResolvePrincipal").is_idempotent());
        assert!(!Method::at("/omnia.claims.v1.ClaimsService/SubmitClaim").is_idempotent());
        assert!(!Method::at("/omnia.feed.v1.FeedService/Subscribe").is_idempotent());
    }

    #[test]
    fn a_path_outside_the_contract_has_no_name_of_its_own() {
        assert_eq!(
            Method::at("/omnia.claims.v1.ClaimsService/'; DROP TABLE"),
            UNKNOWN
        );
    }
}
