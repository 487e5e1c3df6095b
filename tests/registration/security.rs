//! `docs/threat-model.md` says what is defended, and names the test of each defence.

use std::fs;
use std::path::{Path, PathBuf};

/// Every Rust file under `folder`.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

#[test]
fn every_test_that_the_threat_model_names_exists() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/registration");
    // A module is a file, or a folder with its files.
    let modules: Vec<(Vec<String>, String)> = sources(&tests)
        .into_iter()
        .map(|path| {
            let module = path.strip_prefix(&tests).unwrap().with_extension("");
            let module = module.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
            (module, fs::read_to_string(path).unwrap())
        })
        .collect();
    let exists = |module: &str, name: &str| {
        let below = modules.iter().filter(|(path, _)| path.iter().any(|part| part == module));
        below.into_iter().any(|(path, source)| {
            let is_submodule = path.iter().skip_while(|part| *part != module).skip(1).any(|part| part == name);
            let is_test = ["#[test]\nfn", "#[tokio::test]\nasync fn"]
                .iter()
                .any(|declared| source.contains(&format!("{declared} {name}(")));
            is_submodule || is_test
        })
    };

    let page = include_str!("../../docs/threat-model.md");
    let named: Vec<&str> = page.split('`').skip(1).step_by(2).filter(|code| code.contains("::")).collect();
    assert!(named.len() > 15, "{named:?}");
    for test in named {
        let path: Vec<&str> = test.split("::").collect();
        let (module, name) = (path[0], path[path.len() - 1]);
        assert!(exists(module, name), "docs/threat-model.md names {test}, which is not there");
    }
}
