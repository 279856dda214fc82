//! Codes for cameras (ISO/IEC 18004).

use qrcode::{Color, EcLevel, QrCode};

use crate::Fault;

/// The dark modules of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Modules {
    /// Modules of a side.
    pub(crate) side: usize,
    dark: Vec<bool>,
}

impl Modules {
    /// The code of a content, which stays readable with a quarter of it lost.
    pub(crate) fn of(content: &str) -> Result<Self, Fault> {
        let code = QrCode::with_error_correction_level(content, EcLevel::Q);
        let code = code.map_err(|_| Fault::CodeTooLong(content.len()))?;
        Ok(Self {
            side: code.width(),
            dark: code
                .to_colors()
                .into_iter()
                .map(|it| it == Color::Dark)
                .collect(),
        })
    }

    /// Runs of dark modules: row, first column, how many.
    pub(crate) fn runs(&self) -> Vec<(usize, usize, usize)> {
        let mut runs = Vec::new();
        for (row, modules) in self.dark.chunks(self.side).enumerate() {
            let mut column = 0;
            for run in modules.chunk_by(|one, next| one == next) {
                if run[0] {
                    runs.push((row, column, run.len()));
                }
                column += run.len();
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corners() {
        let modules = Modules::of("https://omnia.example.it/verifica").unwrap();
        let runs = modules.runs();
        assert!(runs.contains(&(0, 0, 7)));
        assert!(runs.contains(&(0, modules.side - 7, 7)));
        assert!(runs.contains(&(modules.side - 1, 0, 7)));
    }

    #[test]
    fn a_content_beyond_the_largest_code_is_refused() {
        let content = "x".repeat(3_000);
        assert_eq!(Modules::of(&content), Err(Fault::CodeTooLong(3_000)));
    }
}
