//! What is measured: how each is built, copied and started.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use dev::runtime_api;
use tokio::process::Command;

use crate::{ROOT, stand_in};

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    ThisFunction,
    /// The same endpoint, as most people would deploy it.
    AllDefaults,
    /// A stock `lambda_http` hello world.
    HelloWorld,
}

/// Something to deploy.
pub struct Program {
    pub name: String,
    path: PathBuf,
    kind: Kind,
}

impl Program {
    pub fn hello_world() -> Self {
        Self { name: "hello world".to_owned(), path: peer("hello"), kind: Kind::HelloWorld }
    }

    pub fn all_defaults() -> Self {
        Self { name: "all defaults".to_owned(), path: peer("all_defaults"), kind: Kind::AllDefaults }
    }

    /// A build of this function; by default what `.ci/archive` has made, which is what operators deploy.
    pub fn build(path: Option<&str>) -> Self {
        let deployed = Path::new(ROOT).join("target/archive/bootstrap");
        let (name, path) = path.map_or(("this function", deployed), |path| (path, path.into()));
        assert!(path.is_file(), "{} is no file; .ci/archive makes target/archive/bootstrap", path.display());
        Self { name: name.to_owned(), path, kind: Kind::ThisFunction }
    }

    /// How many connections and requests DynamoDB gets in a start and these calls, and how many clients to put.
    pub fn requests(&self, calls: usize) -> [usize; 3] {
        match self.kind {
            Kind::ThisFunction => [1, calls + 1, calls], // the warm-up
            Kind::AllDefaults => [1, calls, calls],
            Kind::HelloWorld => [0; 3],
        }
    }

    /// A copy that no other copy shares pages with: where its pages lie decides up to 15 % of a start.
    pub fn copy(&self, folder: &str, number: usize) -> Copy<'_> {
        let folder = Path::new(ROOT).join(folder);
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{}-{number}", self.name.replace([' ', '/'], "-")));
        let mut program = fs::read(&self.path).unwrap();
        if self.kind == Kind::ThisFunction {
            trust_the_stand_in(&mut program);
        }
        let _ = fs::remove_file(&path);
        fs::write(&path, program).unwrap(); // a file of its own, and no reflink
        fs::set_permissions(&path, fs::metadata(&self.path).unwrap().permissions()).unwrap();
        Copy { program: self, path }
    }

    /// Bytes to deploy, as `gzip` packs them. A zip of one file is as large.
    pub fn packed(&self) -> usize {
        process::Command::new("gzip").arg("-9c").arg(&self.path).output().unwrap().stdout.len()
    }
}

/// A fresh copy of a [`Program`], removed in the end.
pub struct Copy<'a> {
    pub program: &'a Program,
    pub path: PathBuf,
}

impl Copy<'_> {
    /// The command that starts it in Lambda's environment, under `tool` where there is one.
    pub fn command(&self, tool: &[&str]) -> Command {
        let mut command = runtime_api::command(tool.first().map_or(self.path.as_os_str(), |tool| tool.as_ref()));
        if let Some((_, arguments)) = tool.split_first() {
            // Tools are looked up; a binary gets no path of ours.
            command.args(arguments).arg(&self.path).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        }
        if self.program.kind == Kind::AllDefaults {
            command.env("SSL_CERT_FILE", Path::new(ROOT).join(stand_in::CERTIFICATE));
        }
        command
    }
}

impl Drop for Copy<'_> {
    fn drop(&mut self) {
        fs::remove_file(&self.path).unwrap();
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

/// By a cargo of its own, so that nothing here widens a feature.
fn peer(binary: &str) -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let release = ["build", "--locked", "--release", "--quiet", "--target-dir", "target", "--manifest-path"];
    let mut cargo = process::Command::new(cargo);
    let status = cargo.args(release).arg("benches/peers/Cargo.toml").current_dir(ROOT).status().unwrap();
    assert!(status.success(), "{cargo:?} failed");
    Path::new(ROOT).join("target/release").join(binary)
}
