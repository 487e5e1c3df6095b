//! What is measured: how each is built, copied and started.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use dev::runtime_api;
use tokio::process::Command;

use crate::{ROOT, stand_in};

/// Something to deploy.
pub struct Program {
    pub name: String,
    /// What is deployed: a binary, or a folder that an interpreter is started in.
    deployed: PathBuf,
    /// The interpreter and its arguments; none for a binary.
    interpreter: Vec<OsString>,
    /// Whether it registers clients. A hello world does not.
    pub registers: bool,
    /// Whether it trusts Amazon's built-in roots. What does not is given the stand-in's in the environment.
    built_in_roots: bool,
}

impl Program {
    /// The floor: a stock `lambda_http` hello world.
    pub fn hello_world() -> Self {
        Self { registers: false, ..Self::peer("hello world", "hello") }
    }

    /// What else people would deploy.
    pub fn peers() -> [Self; 4] {
        [Self::hello_world(), Self::all_defaults(), Self::node(), Self::python()]
    }

    /// The same endpoint as most people would deploy it in Rust.
    fn all_defaults() -> Self {
        Self::peer("all defaults", "all_defaults")
    }

    /// What operators deploy.
    pub fn this_function() -> Self {
        let processor = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
        run(process::Command::new(".ci/archive").arg(processor));
        Self { name: "this function".to_owned(), ..Self::build(&Path::new(ROOT).join("target/archive/bootstrap")) }
    }

    /// A build of this function that was made before.
    pub fn build(path: &Path) -> Self {
        Self { built_in_roots: true, ..Self::binary(path) }
    }

    fn binary(path: &Path) -> Self {
        assert!(path.is_file(), "{} is no file", path.display());
        Self {
            name: path.display().to_string(),
            deployed: path.to_owned(),
            interpreter: Vec::new(),
            registers: true,
            built_in_roots: false,
        }
    }

    /// The same endpoint as most people would deploy it in JavaScript.
    fn node() -> Self {
        put_together();
        Self {
            name: format!("Node {}", version("node").trim_start_matches('v')),
            deployed: Path::new(ROOT).join("target/peers/node"),
            interpreter: vec!["node".into(), "index.cjs".into()],
            registers: true,
            built_in_roots: false,
        }
    }

    /// The same endpoint as most people would deploy it in Python.
    fn python() -> Self {
        put_together();
        let folder = Path::new(ROOT).join("target/peers");
        // Not the link in the virtual environment, whose packages are others.
        let python = folder.join("python-venv/bin/python").canonicalize().unwrap();
        Self {
            name: version(&python),
            deployed: folder.join("python"),
            interpreter: vec![python.into(), "-m".into(), "awslambdaric".into(), "handler.handler".into()],
            registers: true,
            built_in_roots: false,
        }
    }

    /// By a cargo of its own, so that nothing here widens a feature.
    fn peer(name: &str, binary: &str) -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        run(process::Command::new(cargo)
            .args(["build", "--locked", "--release", "--quiet", "--target-dir", "target"])
            .args(["--manifest-path", "benches/peers/Cargo.toml"]));
        Self { name: name.to_owned(), ..Self::binary(&Path::new(ROOT).join("target/release").join(binary)) }
    }

    /// A copy that no other copy shares pages with: where its pages lie decides up to 15 % of a start.
    pub fn copy(&self, number: usize) -> Copy<'_> {
        let folder = Path::new(ROOT).join("target/copies");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{}-{number}", self.name.replace([' ', '/'], "-")));
        remove(&path);
        let arguments = [OsStr::new("-a"), OsStr::new("--reflink=never"), self.deployed.as_ref(), path.as_ref()];
        run(process::Command::new("cp").args(arguments));
        if self.built_in_roots {
            let mut program = fs::read(&path).unwrap();
            trust_the_stand_in(&mut program);
            fs::write(&path, program).unwrap();
        }
        Copy { program: self, path }
    }

    /// Bytes to deploy, as `gzip` packs them. A zip of one file is as large.
    pub fn packed(&self) -> usize {
        let script = if self.deployed.is_dir() { r#"tar -c -C "$0" . | gzip -9"# } else { r#"gzip -9c "$0""# };
        process::Command::new("sh").args(["-c", script]).arg(&self.deployed).output().unwrap().stdout.len()
    }
}

/// A fresh copy of a [`Program`], removed in the end.
pub struct Copy<'a> {
    pub program: &'a Program,
    path: PathBuf,
}

impl Copy<'_> {
    /// The command that starts it in Lambda's environment, under `tool` where there is one.
    pub fn command(&self, tool: &[&str]) -> Command {
        let trusted = Path::new(ROOT).join(stand_in::CERTIFICATE);
        let mut line: Vec<OsString> = tool.iter().map(OsString::from).collect();
        line.extend(self.program.interpreter.iter().cloned());
        if self.program.interpreter.is_empty() {
            line.push(self.path.clone().into());
        }
        let mut command = runtime_api::command(&line[0]);
        command.args(&line[1..]);
        if self.path.is_dir() {
            command.current_dir(&self.path);
        }
        if !self.program.built_in_roots {
            // The SDKs of Rust, Node and Python.
            command.envs(["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE"].map(|name| (name, &trusted)));
        }
        if line.len() > 1 {
            // Tools and interpreters are looked up; a binary gets no path of ours.
            command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        }
        command
    }
}

impl Drop for Copy<'_> {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

fn remove(path: &Path) {
    if path.is_dir() {
        fs::remove_dir_all(path).unwrap();
    } else if path.exists() {
        fs::remove_file(path).unwrap();
    }
}

/// Puts the stand-in's certificate in the place of one of the built-in roots, so that a start parses as many as on
/// Lambda and the connection is trusted, without a word in the environment.
fn trust_the_stand_in(program: &mut [u8]) {
    let roots = include_str!("../../src/amazon_roots.pem");
    let root = roots.match_indices("-----BEGIN").map(|(start, _)| &roots[start..]).last().unwrap().as_bytes();
    let place = program.windows(root.len()).position(|bytes| bytes == root).expect("a program with Amazon's roots");
    let certificate = fs::read(Path::new(ROOT).join(stand_in::CERTIFICATE)).unwrap();
    let place = &mut program[place..place + root.len()];
    place.fill(b'\n');
    place[..certificate.len()].copy_from_slice(&certificate);
}

fn version(interpreter: impl AsRef<OsStr>) -> String {
    let output = process::Command::new(interpreter).arg("--version").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn put_together() {
    run(&mut process::Command::new("benches/peers/build"));
}

fn run(command: &mut process::Command) {
    let status = command.current_dir(ROOT).status().unwrap();
    assert!(status.success(), "{command:?} failed");
}
