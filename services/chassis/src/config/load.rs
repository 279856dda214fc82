//! Reads the layers, and finds every fault in them rather than the first.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::Path;

use config::{Config, ConfigError, Environment, File, FileFormat, Map, Source, Value, ValueKind};
use serde_path_to_error::Segment;

use super::{Platform, Profile};

/// Where configuration is read from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    file: Option<(String, String)>,
    environment: BTreeMap<String, String>,
    unread: Option<Fault>,
}

impl Sources {
    /// Only the defaults.
    pub fn defaults() -> Self {
        Self::default()
    }

    /// The text of a TOML file; `name` is how messages call it.
    #[must_use]
    pub fn text(mut self, name: &str, text: &str) -> Self {
        self.file = Some((name.to_owned(), text.to_owned()));
        self
    }

    /// A TOML file. That it cannot be read is reported with the other faults.
    #[must_use]
    pub fn file(mut self, path: &Path) -> Self {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => self.file = Some((name, text)),
            Err(error) => {
                self.unread = Some(Fault {
                    key: name,
                    problem: format!("cannot be read: {error}"),
                });
            }
        }
        self
    }

    /// Variables, of which those that begin with `OMNIA__` count.
    #[must_use]
    pub fn variables<I: IntoIterator<Item = (String, String)>>(mut self, variables: I) -> Self {
        self.environment.extend(variables);
        self
    }

    /// The variables of this process.
    #[must_use]
    pub fn environment(self) -> Self {
        self.variables(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))
    }

    /// The configuration, or everything that is wrong with it.
    pub fn load(&self) -> Result<Platform, Faults> {
        let mut faults: Vec<Fault> = self.unread.iter().cloned().collect();
        let mut overlay = self.overlay(&mut faults);
        let profile = take_profile(&mut overlay, &mut faults);
        let platform = deserialize(&Platform::defaults(profile), overlay, &mut faults);
        if let Some(platform) = &platform {
            faults.extend(platform.faults());
        }
        match platform {
            Some(platform) if faults.is_empty() => Ok(platform),
            _ => Err(Faults(faults)),
        }
    }

    /// What the file and the variables say, as one tree.
    fn overlay(&self, faults: &mut Vec<Fault>) -> Map<String, Value> {
        let mut layers = Vec::new();
        if let Some((name, text)) = &self.file {
            match Config::builder()
                .add_source(File::from_str(text, FileFormat::Toml))
                .build()
            {
                Ok(file) => layers.push(file),
                Err(error) => faults.push(Fault {
                    key: name.clone(),
                    problem: without_snippet(&error),
                }),
            }
        }
        let variables: HashMap<String, String> = self.environment.clone().into_iter().collect();
        let environment = Environment::with_prefix("OMNIA")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .source(Some(variables));
        match Config::builder().add_source(environment).build() {
            Ok(environment) => layers.push(environment),
            Err(error) => faults.push(Fault {
                key: "OMNIA__…".to_owned(),
                problem: error.to_string(),
            }),
        }
        let merged = layers
            .into_iter()
            .fold(Config::builder(), |builder, layer| {
                builder.add_source(layer)
            });
        merged
            .build()
            .and_then(|merged| merged.collect())
            .unwrap_or_default()
    }
}

/// The profile decides the defaults, so it is read before everything else.
fn take_profile(overlay: &mut Map<String, Value>, faults: &mut Vec<Fault>) -> Profile {
    let Some(value) = overlay.remove("profile") else {
        return Profile::Development;
    };
    match value.try_deserialize() {
        Ok(profile) => profile,
        Err(error) => {
            faults.push(Fault {
                key: "profile".to_owned(),
                problem: error.to_string(),
            });
            Profile::Development
        }
    }
}

/// Lays the overlay over the defaults. serde stops at the first fault: so that all are found, the value at fault is
/// noted and taken away, and reading starts again.
fn deserialize(
    defaults: &Platform,
    mut overlay: Map<String, Value>,
    faults: &mut Vec<Fault>,
) -> Option<Platform> {
    loop {
        let layers = Config::builder()
            .add_source(File::from_str(&defaults.redacted(), FileFormat::Toml))
            .add_source(Layer(overlay.clone()))
            .build();
        let result = layers.map(serde_path_to_error::deserialize::<_, Platform>);
        let (path, problem) = match result {
            Ok(Ok(platform)) => return Some(platform),
            Ok(Err(error)) => (keys(error.path()), describe(error.inner())),
            Err(error) => (Vec::new(), describe(&error)),
        };
        faults.push(Fault {
            key: path.join("."),
            problem,
        });
        if !remove(&mut overlay, &path) {
            return None;
        }
    }
}

fn keys(path: &serde_path_to_error::Path) -> Vec<String> {
    let keys = path.iter().map_while(|segment| match segment {
        Segment::Map { key } => Some(key.clone()),
        Segment::Seq { .. } | Segment::Enum { .. } | Segment::Unknown => None,
    });
    keys.collect()
}

/// What is wrong, without the place, which the fault names already.
fn describe(error: &ConfigError) -> String {
    match error {
        ConfigError::At { error, .. } => describe(error),
        ConfigError::Type {
            unexpected,
            expected,
            ..
        } => format!("is a {unexpected}, must be {expected}"),
        other => other.to_string(),
    }
}

/// What the parser says, without the line that it shows, which may hold a secret.
fn without_snippet(error: &ConfigError) -> String {
    let text = error.to_string();
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.contains('|'))
        .collect();
    lines.join(" ").trim().to_owned()
}

/// Takes away the value at `path`, or the nearest one above it that the overlay has.
fn remove(overlay: &mut Map<String, Value>, path: &[String]) -> bool {
    match path {
        [] => false,
        [last] => overlay.remove(last).is_some(),
        [first, rest @ ..] => {
            let below = match overlay.get_mut(first).map(|value| &mut value.kind) {
                Some(ValueKind::Table(table)) => remove(table, rest),
                _ => false,
            };
            below || overlay.remove(first).is_some()
        }
    }
}

/// A tree as a source.
#[derive(Debug, Clone)]
struct Layer(Map<String, Value>);

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}

/// Something that is wrong in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The key, such as `gateway.tls.key`, or the file.
    pub key: String,
    /// What is wrong with it. Never a secret.
    pub problem: String,
}

/// Everything that is wrong in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration cannot be used:")?;
        for fault in &self.0 {
            write!(f, "\n  {}: {}", fault.key, fault.problem)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
