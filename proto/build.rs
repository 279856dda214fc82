//! Compiles the contract: messages, clients and servers, the descriptor set, and the checks of the `buf.validate`
//! rules. Third-party `.proto` files come from `make deps`, which puts them under `.tools/include`.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use prost::Message;
use prost_types::FileDescriptorSet;

/// Validation derives an empty check for messages without rules, so that every request type can be validated.
const VALIDATE: &str = "::prost_protovalidate::Validate";
/// What a check answers with.
const FAULTS: &str = "::prost_protovalidate::ValidationError";

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let include = root.join("../.tools/include");
    if !include.join("google/api/annotations.proto").exists() {
        return Err("third-party .proto files are missing: run `make deps` once".into());
    }
    println!("cargo:rerun-if-changed=omnia");
    println!("cargo:rerun-if-changed=../.tools/include");

    let files = proto_files(&root.join("omnia"))?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let descriptors = out.join("descriptors.bin");
    let mut prost = prost_build::Config::new();
    prost.bytes(["."]);
    prost.enable_type_names();
    tonic_prost_build::configure()
        .codec_path("crate::codec::ValidatingCodec")
        .file_descriptor_set_path(&descriptors)
        .include_file("packages.rs")
        .compile_with_config(prost, &files, &[root.clone(), include])?;

    prost_protovalidate_build::Builder::new()
        .file_descriptor_set_path(&descriptors)?
        .fail_on_runtime_only(true)
        .compile()?;
    fs::write(
        out.join("without_rules.rs"),
        without_rules(&out, &descriptors)?,
    )?;
    Ok(())
}

fn proto_files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(proto_files(&path)?);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "proto")
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Implements the empty check for the top-level messages that have no rule at all.
fn without_rules(out: &Path, descriptors: &Path) -> Result<String, Box<dyn Error>> {
    let with_rules = fs::read_to_string(out.join("validate_impl.rs"))?.replace([' ', '\n'], "");
    let set = FileDescriptorSet::decode(fs::read(descriptors)?.as_slice())?;
    let mut code = String::new();
    for file in set
        .file
        .iter()
        .filter(|file| file.package().starts_with("omnia."))
    {
        let module = file.package().replace('.', "::");
        for message in &file.message_type {
            let path = format!("{module}::{}", message.name());
            if !with_rules.contains(&format!("for{path}{{"))
                && !with_rules.contains(&format!("forcrate::{path}{{"))
            {
                writeln!(
                    code,
                    "impl {VALIDATE} for crate::{path} {{ fn validate(&self) -> Result<(), {FAULTS}> {{ Ok(()) }} }}"
                )?;
            }
        }
    }
    Ok(code)
}
