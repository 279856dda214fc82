//! The rule of each method, read from the descriptors that the contract is compiled to.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, ExtensionDescriptor, MethodDescriptor};
use proto::omnia::access::v1 as wire;

use super::matrix::Matrix;
use super::role::Role;
use crate::identity::Level;

static EMBEDDED: LazyLock<Rules> = LazyLock::new(|| {
    Rules::read(proto::DESCRIPTORS, Matrix::embedded())
        .unwrap_or_else(|faults| panic!("the contract cannot be served: {faults}"))
});

/// How a method may be entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Anybody, also without a token.
    Anyone,
    /// Any authenticated caller.
    Authenticated,
    /// Holders of a capability of the matrix.
    Capability(String),
    /// Internal services by name; `*` is any.
    Services(Vec<String>),
}

/// The rule of one method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodRule {
    /// Way in.
    pub access: Access,
    /// Least assurance level.
    pub level: Level,
    /// Narrows the roles that the matrix allows, when not empty.
    pub only_roles: Vec<Role>,
    /// Whether the method's answer is a stream.
    pub server_streaming: bool,
    /// Whether the method's request is a stream.
    pub client_streaming: bool,
}

/// Every method's rule, by path (`/omnia.claims.v1.ClaimsService/GetClaim`).
#[derive(Debug)]
pub struct Rules {
    methods: BTreeMap<String, MethodRule>,
}

impl Rules {
    /// The rules of the compiled contract, checked against the matrix: panics at start when a method has no rule or
    /// names a capability that has no row.
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Rule of a method by its path.
    pub fn of(&self, path: &str) -> Option<&MethodRule> {
        self.methods.get(path)
    }

    /// Every path with its rule, ordered.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &MethodRule)> {
        self.methods
            .iter()
            .map(|(path, rule)| (path.as_str(), rule))
    }

    /// Reads the rules of the `omnia.*` services of a descriptor set; every fault is reported together.
    fn read(descriptors: &[u8], matrix: &Matrix) -> Result<Self, Faults> {
        let pool =
            DescriptorPool::decode(descriptors).map_err(|error| Faults::one(error.to_string()))?;
        let option = pool
            .get_extension_by_name("omnia.access.v1.rule")
            .ok_or_else(|| {
                Faults::one("omnia.access.v1.rule is not in the descriptors".to_owned())
            })?;
        let mut methods = BTreeMap::new();
        let mut faults = Vec::new();
        for method in pool
            .services()
            .filter(|one| one.full_name().starts_with("omnia."))
            .flat_map(|one| {
                let methods: Vec<MethodDescriptor> = one.methods().collect();
                methods
            })
        {
            let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
            match rule(&method, &option, matrix) {
                Ok(rule) => {
                    methods.insert(path, rule);
                }
                Err(fault) => faults.push(format!("{path} {fault}")),
            }
        }
        if faults.is_empty() {
            Ok(Self { methods })
        } else {
            Err(Faults(faults))
        }
    }
}

fn rule(
    method: &MethodDescriptor,
    option: &ExtensionDescriptor,
    matrix: &Matrix,
) -> Result<MethodRule, String> {
    let options = method.options();
    if !options.has_extension(option) {
        return Err("has no access rule".to_owned());
    }
    let value = options.get_extension(option);
    let rule: wire::Rule = value
        .as_message()
        .and_then(|message| message.transcode_to().ok())
        .ok_or("has a rule that cannot be read")?;
    let level = match rule.assurance() {
        wire::Assurance::L1 => Level::L1,
        wire::Assurance::Unspecified | wire::Assurance::L2 => Level::L2,
        wire::Assurance::L3 => Level::L3,
    };
    let only_roles = rule
        .only_roles
        .iter()
        .map(|id| {
            id.parse()
                .map_err(|_| format!("names `{id}`, which is not a role"))
        })
        .collect::<Result<_, _>>()?;
    Ok(MethodRule {
        access: access(rule.access, matrix)?,
        level,
        only_roles,
        server_streaming: method.is_server_streaming(),
        client_streaming: method.is_client_streaming(),
    })
}

fn access(access: Option<wire::rule::Access>, matrix: &Matrix) -> Result<Access, String> {
    use wire::rule::Access as Wire;
    match access {
        Some(Wire::Anyone(true)) => Ok(Access::Anyone),
        Some(Wire::Authenticated(true)) => Ok(Access::Authenticated),
        Some(Wire::Capability(id)) if matrix.has(&id) => Ok(Access::Capability(id)),
        Some(Wire::Capability(id)) => Err(format!(
            "names `{id}`, which has no row in permissions/matrix.csv"
        )),
        Some(Wire::Services(services)) if !services.names.is_empty() => {
            Ok(Access::Services(services.names))
        }
        _ => Err("has a rule that lets nobody in".to_owned()),
    }
}

#[derive(Debug)]
struct Faults(Vec<String>);

impl Faults {
    fn one(fault: String) -> Self {
        Self(vec![fault])
    }
}

impl std::fmt::Display for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_of_the_contract_has_a_rule() {
        let pool = DescriptorPool::decode(proto::DESCRIPTORS).unwrap();
        let methods: usize = pool
            .services()
            .filter(|service| service.full_name().starts_with("omnia."))
            .map(|service| service.methods().count())
            .sum();
        assert!(methods > 30);
        assert_eq!(Rules::embedded().iter().count(), methods);
    }

    #[test]
    fn a_rule_says_capability_level_and_roles() {
        let rule = Rules::embedded()
            .of("/omnia.anagrafe.v1.RolesService/GrantStaffRole")
            .unwrap();
        assert_eq!(rule.access, Access::Capability("PLT-3".to_owned()));
        assert_eq!(rule.level, Level::L3);
        let rule = Rules::embedded()
            .of("/omnia.anagrafe.v1.MandatesService/WatchMandate")
            .unwrap();
        assert_eq!(rule.only_roles, [Role::Int]);
        assert!(rule.server_streaming && !rule.client_streaming);
    }

    #[test]
    fn a_level_that_is_not_stated_is_the_second() {
        let rule = Rules::embedded()
            .of("/omnia.claims.v1.ClaimsService/GetClaim")
            .unwrap();
        assert_eq!(rule.level, Level::L2);
    }

    #[test]
    fn a_capability_without_a_row_does_not_start() {
        let table = include_str!("../../../../permissions/matrix.csv");
        let without: String = table
            .lines()
            .filter(|line| !line.starts_with("DAS-3,"))
            .flat_map(|line| [line, "\n"])
            .collect();
        let faults =
            Rules::read(proto::DESCRIPTORS, &Matrix::parse(&without).unwrap()).unwrap_err();
        assert!(
            faults
                .to_string()
                .contains("names `DAS-3`, which has no row"),
            "{faults}"
        );
    }

    #[test]
    fn a_method_without_a_rule_does_not_start() {
        use prost::Message;
        let mut set = prost_types::FileDescriptorSet::decode(proto::DESCRIPTORS).unwrap();
        let service = set
            .file
            .iter_mut()
            .find(|file| file.package() == "omnia.feed.v1" && !file.service.is_empty())
            .map(|file| &mut file.service[0])
            .unwrap();
        service.method[0].options = None;
        // prost-types drops what it does not know, so every rule is lost on the way: each is named.
        let faults = Rules::read(&set.encode_to_vec(), Matrix::embedded()).unwrap_err();
        assert!(
            faults
                .to_string()
                .contains("/omnia.feed.v1.FeedService/Subscribe has no access rule"),
            "{faults}"
        );
    }
}
