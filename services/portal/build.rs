//! Gathers what the pages are drawn with: takes from the npm packages only the parts that the pages use, gives each file a
//! name with a hash of its content, compresses it once and for all, and writes the table that `src/assets.rs` includes.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    let tools = Tools::new(&packages);
    let kit = packages.join("bootstrap-italia");
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
        let font = bytes(&kit.join("dist/fonts/Titillium_Web").join(file));
        let path = table.add("", "titillium", "woff2", "font/woff2", &font);
        style = style.replace(name, &path);
    }
    table.add("STYLE", "portal", "css", CSS, style.as_bytes());
    table.add(
        "KIT_STYLE",
        "bootstrap-italia",
        "css",
        CSS,
        &tools.kit_style(&here.join("assets/kit.scss"), &kit),
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
    let charts = tools.bundle(&here.join("assets/charts.js"));
    table.add("CHARTS", "charts", "js", JS, &charts);
    let htmx = bytes(&packages.join("htmx.org/dist/htmx.min.js"));
    table.add("HTMX", "htmx", "js", JS, &htmx);
    let mark = bytes(&here.join("assets/favicon.svg"));
    table.add("FAVICON", "favicon", "svg", "image/svg+xml", &mark);
    table.write();
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// The programs of the npm packages that put files together.
struct Tools<'a> {
    packages: &'a Path,
}

impl<'a> Tools<'a> {
    fn new(packages: &'a Path) -> Self {
        Self { packages }
    }

    /// The parts of the kit that a style sheet names. What its own sources warn of is not ours to mend.
    fn kit_style(&self, style: &Path, kit: &Path) -> Vec<u8> {
        let mut sass = self.tool("sass");
        sass.args(["--quiet", "--style=compressed", "--no-source-map"]);
        sass.arg("--load-path").arg(kit.join("src/scss")).arg(style);
        output(sass)
    }

    /// A script with what it imports of the packages, and nothing else of them.
    fn bundle(&self, script: &Path) -> Vec<u8> {
        let mut esbuild = self.tool("esbuild");
        esbuild.args(["--bundle", "--minify", "--format=iife", "--target=es2020"]);
        esbuild
            .arg("--log-level=warning")
            .env("NODE_PATH", self.packages)
            .arg(script);
        output(esbuild)
    }

    fn tool(&self, name: &str) -> Command {
        Command::new(self.packages.join(".bin").join(name))
    }
}

/// What a program prints.
fn output(mut program: Command) -> Vec<u8> {
    let done = program
        .output()
        .unwrap_or_else(|error| panic!("start {program:?}: {error}; `make deps` brings it"));
    let complaints = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{program:?}: {complaints}");
    done.stdout
}

/// The icons needed, cut out of the kit's sprite.
fn sprite(kit: &Path) -> String {
    let all = text(&kit.join("dist/svg/sprites.svg"));
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
