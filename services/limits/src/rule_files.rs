//! The rule files on disk.

use std::io;
use std::path::{Path, PathBuf};

use crate::domain::Rules;
use crate::domain::rules::{Faults, RuleFiles, Switches, read};

/// Why the rules of a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file cannot be read.
    #[error("read the rule file {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The folder has none of the files.
    #[error("the rules folder {0} has none of {names}", names = RuleFiles::NAMES.join(", "))]
    Empty(PathBuf),
    /// The rules are faulty.
    #[error(transparent)]
    Faulty(#[from] Faults),
}

/// The rules, with the files of a folder in the place of the embedded ones of the same name.
pub fn load(folder: Option<&Path>, switches: Switches) -> Result<Rules, LoadError> {
    let Some(folder) = folder else {
        return Ok(Rules::embedded(switches)?);
    };
    let [values, climate, caps] = RuleFiles::NAMES.map(|name| replacement(&folder.join(name)));
    let (values, climate, caps) = (values?, climate?, caps?);
    if values.is_none() && climate.is_none() && caps.is_none() {
        return Err(LoadError::Empty(folder.to_owned()));
    }
    let embedded = RuleFiles::embedded();
    let files = RuleFiles {
        values: values.as_deref().unwrap_or(embedded.values),
        climate: climate.as_deref().unwrap_or(embedded.climate),
        caps: caps.as_deref().unwrap_or(embedded.caps),
    };
    Ok(read(&files, switches)?)
}

fn replacement(path: &Path) -> Result<Option<String>, LoadError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(LoadError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("limits-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn a_new_decree_is_a_row_in_a_file_that_stands_in_for_the_embedded_one() {
        let climate = "from,to,source\n2027-07-01,2027-12-31,a decree of 2027\n";
        let folder = folder("decree", &[("climate.csv", climate)]);
        let rules = load(Some(&folder), Switches::default()).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        let august = |year| NaiveDate::from_ymd_opt(year, 8, 1).unwrap();
        assert!(rules.in_climate_window(august(2027)));
        assert!(
            !rules.in_climate_window(august(2026)),
            "replaced as a whole"
        );
    }

    #[test]
    fn faulty_rules_and_a_folder_without_rules_stop_the_start() {
        let faulty = folder(
            "faulty",
            &[("climate.csv", "from,to,source\n2027-07-01,,x\n")],
        );
        let error = load(Some(&faulty), Switches::default()).unwrap_err();
        std::fs::remove_dir_all(&faulty).unwrap();
        assert!(
            error
                .to_string()
                .contains("climate.csv, row 2, climate_window"),
            "{error}"
        );
        let empty = folder("empty", &[]);
        let error = load(Some(&empty), Switches::default()).unwrap_err();
        std::fs::remove_dir_all(&empty).unwrap();
        assert!(matches!(error, LoadError::Empty(_)), "{error}");
    }
}
