//! What is built and how it is deployed: the manifest, and samconfig.toml.

use serde_json::json;

use super::{properties, template};

/// `cargo lambda` reads both from the manifest, and has other defaults.
#[test]
fn the_manifest_has_what_is_deployed_built_from_locked_dependencies_and_unwind_panics() {
    let manifest = include_str!("../../../Cargo.toml");
    assert!(manifest.contains("[package.metadata.lambda.build]\nlocked = true"));
    let (_, release) = manifest.split_once("[profile.release]").unwrap();
    let release = release.split("\n[").next().unwrap();
    assert!(release.contains("\npanic = \"unwind\"\n"));
}

/// `sam build` and `sam deploy` read it, so the processor is set once, and both agree on it. .ci/emulated deploys by it.
#[test]
fn samconfig_begins_with_the_defaults_of_the_template() {
    let config = include_str!("../../../samconfig.toml");
    let (_, overrides) = config.split_once("[default.global.parameters.parameter_overrides]\n").unwrap();
    let parameters = template()["Parameters"].take();
    for line in overrides.lines().take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("# ")) {
        let (name, value) = line.split_once(" = ").unwrap();
        let (value, _) = value.strip_prefix('"').unwrap().split_once('"').unwrap();
        // What people deploy lets their clients in; the template's own default is RFC 7591's strictest reading.
        let meant = if name == "UnsupportedMetadata" { json!("replace") } else { parameters[name]["Default"].clone() };
        assert_eq!(meant, value, "{name}");
    }
    assert!(overrides.starts_with("Architecture = "));
    assert_eq!(properties("RegisterFunction")["Architectures"], json!([{ "Ref": "Architecture" }]));
}
