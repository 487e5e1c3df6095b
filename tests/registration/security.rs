//! SECURITY.md says what is defended, and names the test of each defence.

#[test]
fn every_test_that_the_threat_model_names_exists() {
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/registration");
    let named: Vec<(&str, &str)> = include_str!("../../SECURITY.md")
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| code.split_once("::"))
        .collect();
    assert!(named.len() > 15, "{named:?}");
    for (file, test) in named {
        let source = std::fs::read_to_string(format!("{tests}/{file}.rs")).unwrap();
        assert!(source.contains(&format!("fn {test}(")) || source.contains(&format!("mod {test};")), "{file}::{test}");
    }
}
