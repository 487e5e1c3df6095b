//! The cases in `tests/cases`, whose `README.md` says what is in them, and the registrations that are made of them.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

/// The files of cases.
pub const FILES: [&str; 7] = ["client_name", "redirect_uris", "hosts", "schemes", "links", "metadata", "documents"];

/// Cases that have the same answer for the same reason.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// What they have in common.
    pub class: String,
    /// Where a standard speaks of it.
    pub section: String,
    /// The rule that refuses them.
    pub rule: Option<String>,
    /// Whether another endpoint may decide otherwise.
    #[serde(default)]
    pub own: bool,
    /// Whether the schema of the request allows what the rule refuses.
    #[serde(default)]
    pub wider: bool,
    /// The cases.
    pub rows: Vec<Row>,
}

/// What is sent, and why.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Written")]
pub struct Row {
    /// What is put into a registration.
    pub sent: Value,
    /// Why it is a case.
    pub why: String,
}

/// A row as it is written.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Sent(Value, String),
    Repeated(Value, String, usize),
}

impl From<Written> for Row {
    fn from(row: Written) -> Self {
        match row {
            Written::Text(text) => Self { sent: text.into(), why: String::new() },
            Written::Sent(sent, why) => Self { sent, why },
            Written::Repeated(mut sent, why, length) => {
                let text = match &mut sent {
                    Value::Object(members) => members.values_mut().next().unwrap(),
                    text => text,
                };
                let short = text.as_str().unwrap();
                let last = short.chars().next_back().unwrap().to_string();
                *text = (short.to_owned() + &last.repeat(length - short.chars().count())).into();
                Self { sent, why }
            }
        }
    }
}

/// A rule: its error code, the member at fault, its sentence, and what to send instead where the sentence doesn't say it.
#[derive(Clone, Debug, Deserialize)]
pub struct Rule(pub String, pub Option<String>, pub String, #[serde(default)] pub String);

/// A registration that is made of a case.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The member that the case is about.
    pub member: String,
    /// The place of the case's redirect URI among others.
    pub place: usize,
    /// The request's body.
    pub body: String,
}

/// A list of `src/schemes.txt`.
#[derive(Clone, Debug)]
pub struct Schemes {
    /// The rule that refuses its names, or `allowed`.
    pub rule: String,
    /// How many they are, as its head says.
    pub number: usize,
    /// Whose list it is.
    pub source: String,
    /// The names, and families such as `ms-*`.
    pub names: Vec<String>,
}

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lists of schemes that cannot be an application's own, and of those that can nonetheless.
pub fn schemes() -> Vec<Schemes> {
    let list = |list: &str| {
        let (head, names) = list.split_once('\n').unwrap();
        let [rule, number, source] = head.splitn(3, ' ').collect::<Vec<_>>().try_into().unwrap();
        let names = names.split_whitespace().map(str::to_owned).collect();
        Schemes { rule: rule.to_owned(), number: number.parse().unwrap(), source: source.to_owned(), names }
    };
    read("src/schemes.txt").split("\n= ").skip(1).map(list).collect()
}

/// The classes of a file; of the schemes, each list is one, without the names that an earlier one has.
pub fn classes(file: &str) -> Vec<Class> {
    let path = format!("tests/cases/{file}.json");
    let mut classes: Vec<Class> = serde_json::from_str(&read(&path)).unwrap_or_else(|error| panic!("{file}: {error}"));
    if file == "schemes" {
        let mut seen = HashSet::new();
        classes.extend(schemes().into_iter().map(|list| {
            let new = list.names.into_iter().filter(|name| seen.insert(name.clone()));
            Class {
                class: list.source,
                section: "RFC 7591 §5".to_owned(),
                own: list.rule == "misspelt",
                rule: Some(list.rule).filter(|rule| rule != "allowed"),
                wider: true,
                rows: new.map(|name| Written::Text(name.replace('*', "")).into()).collect(),
            }
        }));
    }
    classes
}

/// Every rule by its name.
pub fn rules() -> HashMap<String, Rule> {
    serde_json::from_str(&read("tests/cases/rules.json")).unwrap()
}

/// The registrations of one case of `file`, each of which has its answer: `base` with the case in it.
pub fn registrations(file: &str, sent: &Value, base: &Value) -> Vec<Registration> {
    let about = |member: &str, body: String| Registration { member: member.to_owned(), place: 0, body };
    let with = |member: &str, value: Value| {
        let mut body = base.clone();
        body[member] = value;
        about(member, body.to_string())
    };
    // By itself, and between two that may be registered.
    let alone = |uri: &str| with("redirect_uris", json!([uri]));
    let between = |uri: &str| Registration {
        place: 1,
        ..with("redirect_uris", json!(["https://example.com/cb", uri, "https://example.com/cb2"]))
    };
    match (file, sent) {
        ("client_name", name) => vec![with("client_name", name.clone())],
        ("redirect_uris", Value::String(uri)) => vec![alone(uri), between(uri)],
        ("redirect_uris", uris) => vec![with("redirect_uris", uris.clone())],
        ("hosts", Value::String(host)) => vec![
            alone(&format!("https://{host}/cb")),
            between(&format!("HTTPS://{host}:8443?a=b")),
            with("client_uri", format!("http://{host}:8080/#a").into()),
        ],
        ("schemes", Value::String(scheme)) => {
            vec![alone(&format!("{scheme}:x")), between(&format!("{}://host/x?y", scheme.to_uppercase()))]
        }
        ("links", link) => {
            let members = ["client_uri", "logo_uri", "policy_uri", "tos_uri", "jwks_uri"];
            members.map(|member| with(member, link.clone())).into()
        }
        ("metadata", Value::Object(members)) => {
            let mut body = base.clone();
            body.as_object_mut().unwrap().extend(members.clone());
            vec![about(members.keys().next().unwrap(), body.to_string())]
        }
        // Those that are about a member are about this one.
        ("documents", Value::String(body)) => vec![about("client_name", body.clone())],
        _ => panic!("{file} has no row such as {sent}"),
    }
}
