//! Gathers what the pages are drawn with: takes the few files needed from the npm packages, gives each a name with a hash
//! of its content, compresses it once and for all, and writes the table that `src/assets.rs` includes.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Icons of the sprite that the templates use; the others stay in the package.
const ICONS: &[&str] = &[
    "it-arrow-left",
    "it-arrow-right",
    "it-calendar",
    "it-check",
    "it-check-circle",
    "it-chevron-left",
    "it-chevron-right",
    "it-clock",
    "it-close-circle",
    "it-delete",
    "it-error",
    "it-file",
    "it-files",
    "it-help-circle",
    "it-inbox",
    "it-info-circle",
    "it-list",
    "it-logout",
    "it-pa",
    "it-pencil",
    "it-plus",
    "it-print",
    "it-search",
    "it-settings",
    "it-user",
    "it-warning-circle",
];

/// Weights of the typeface that the pages use: name in the style sheet, file.
const FONTS: &[(&str, &str)] = &[
    (
        "@titillium-regular",
        "titillium-web-v10-latin-ext_latin-regular.woff2",
    ),
    (
        "@titillium-600",
        "titillium-web-v10-latin-ext_latin-600.woff2",
    ),
    (
        "@titillium-700",
        "titillium-web-v10-latin-ext_latin-700.woff2",
    ),
];

fn main() {
    let here = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let packages = here.join("node_modules");
    let kit = packages.join("bootstrap-italia/dist");
    println!("cargo:rerun-if-changed=assets");
    println!("cargo:rerun-if-changed=package-lock.json");
    println!("cargo:rerun-if-changed=build.rs");
    assert!(
        kit.is_dir(),
        "the portal's style sheets are missing: run `make deps`, which takes them from npm"
    );

    let mut table = Table::new(&PathBuf::from(variable("OUT_DIR")));
    let mut style = text(&here.join("assets/portal.css"));
    for (name, file) in FONTS {
        let font = bytes(&kit.join("fonts/Titillium_Web").join(file));
        let path = table.add("", "titillium", "woff2", "font/woff2", &font);
        style = style.replace(name, &path);
    }
    table.add("STYLE", "portal", "css", CSS, style.as_bytes());
    table.add(
        "KIT_STYLE",
        "bootstrap-italia",
        "css",
        CSS,
        kit_style(&kit).as_bytes(),
    );
    table.add(
        "ICONS",
        "icons",
        "svg",
        "image/svg+xml",
        sprite(&kit).as_bytes(),
    );
    let script = bytes(&here.join("assets/portal.js"));
    table.add("SCRIPT", "portal", "js", JS, &script);
    let upload = bytes(&here.join("assets/upload.js"));
    table.add("UPLOAD", "upload", "js", JS, &upload);
    let charts_script = bytes(&here.join("assets/charts.js"));
    table.add("CHARTS_SCRIPT", "charts", "js", JS, &charts_script);
    // Only the dashboard loads it; the common build has lines, bars and the SVG renderer.
    let charts = bytes(&packages.join("echarts/dist/echarts.common.min.js"));
    table.add("CHARTS", "echarts", "js", JS, &charts);
    let htmx = bytes(&packages.join("htmx.org/dist/htmx.min.js"));
    table.add("HTMX", "htmx", "js", JS, &htmx);
    let mark = bytes(&here.join("assets/favicon.svg"));
    table.add("FAVICON", "favicon", "svg", "image/svg+xml", &mark);
    table.write();
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// The kit's style sheet without the typefaces that it carries inside, which belong to players that no page has, and without
/// the reference to a map that is not served.
fn kit_style(kit: &Path) -> String {
    let mut css = text(&kit.join("css/bootstrap-italia.min.css"));
    if let Some(end) = css.find("/*# sourceMappingURL") {
        css.truncate(end);
    }
    while let Some(start) = css.find("@font-face{") {
        let length = css[start..].find('}').expect("a rule ends") + 1;
        css.replace_range(start..start + length, "");
    }
    css
}

/// The icons needed, cut out of the kit's sprite.
fn sprite(kit: &Path) -> String {
    let all = text(&kit.join("svg/sprites.svg"));
    let mut sprite = "<svg xmlns=\"http://www.w3.org/2000/svg\">".to_owned();
    for icon in ICONS {
        let start = all
            .find(&format!("<symbol id=\"{icon}\""))
            .unwrap_or_else(|| panic!("the sprite has no icon {icon}"));
        let end = all[start..].find("</symbol>").expect("a symbol ends") + start;
        sprite.push_str(&all[start..end + "</symbol>".len()]);
    }
    sprite + "</svg>"
}

struct Table {
    folder: PathBuf,
    constants: String,
    rows: String,
}

impl Table {
    fn new(out: &Path) -> Self {
        let folder = out.join("assets");
        fs::create_dir_all(&folder).expect("make the folder of the assets");
        Self {
            folder,
            constants: String::new(),
            rows: String::new(),
        }
    }

    /// Adds a file and returns the path under which it is served. What only the style sheet refers to needs no constant.
    fn add(
        &mut self,
        constant: &str,
        stem: &str,
        extension: &str,
        kind: &str,
        content: &[u8],
    ) -> String {
        let hash = hex::encode(&Sha256::digest(content)[..8]);
        let name = format!("{stem}.{hash}.{extension}");
        let path = format!("/risorse/{name}");
        let plain = self.store(&name, content);
        let squeezed = kind != "font/woff2";
        let brotli = squeezed.then(|| self.store(&format!("{name}.br"), &brotli(content)));
        let gzip = squeezed.then(|| self.store(&format!("{name}.gz"), &gzip(content)));
        if !constant.is_empty() {
            writeln!(
                self.constants,
                "/// Path of `{stem}.{extension}`.\npub(crate) const {constant}: &str = {path:?};"
            )
            .expect("write a constant");
        }
        writeln!(
            self.rows,
            "    Asset {{ path: {path:?}, kind: {kind:?}, plain: include_bytes!({plain:?}), brotli: {}, gzip: {} }},",
            included(brotli.as_deref()),
            included(gzip.as_deref()),
        )
        .expect("write a row");
        path
    }

    fn store(&self, name: &str, content: &[u8]) -> String {
        let file = self.folder.join(name);
        fs::write(&file, content).expect("write an asset");
        file.display().to_string()
    }

    fn write(self) {
        let text = format!(
            "{}\n/// Every file.\npub(crate) static ALL: &[Asset] = &[\n{}];\n",
            self.constants, self.rows
        );
        fs::write(self.folder.join("table.rs"), text).expect("write the table");
    }
}

fn included(file: Option<&str>) -> String {
    file.map_or_else(
        || "None".to_owned(),
        |file| format!("Some(include_bytes!({file:?}))"),
    )
}

fn brotli(content: &[u8]) -> Vec<u8> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 9,
        lgwin: 22,
        ..Default::default()
    };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &*content, &mut out, &parameters).expect("compress");
    out
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).expect("compress");
    encoder.finish().expect("compress")
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("read {}: {error}", file.display()))
}

fn bytes(file: &Path) -> Vec<u8> {
    fs::read(file).unwrap_or_else(|error| panic!("read {}: {error}", file.display()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script where it is by the environment"
)]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}
