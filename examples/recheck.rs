//! Applies today's rules and settings to clients that are in the table already. Rules bind at registration only: a list
//! of origins that is set or tightened, and stricter rules of a newer version, leave what registered before.
//!
//! ```sh
//! aws dynamodb scan --table-name "$TABLE" --output json | cargo run --release --example recheck
//! ```
//!
//! It is the function's own code that judges, and nothing is written anywhere. docs/operations.md uses it.

use std::fmt;
use std::io::{self, BufReader, BufWriter, ErrorKind, Write};
use std::process::ExitCode;

use dynamic_client_registration::allowed_origins::AllowedOrigins;
use dynamic_client_registration::environment::variable;
use dynamic_client_registration::outcome::Refusal;
use dynamic_client_registration::{ClientMetadata, Member, Policy, RedirectUri, RegistrationRequest, Settings};
use lambda_http::Error;
use lexopt::prelude::*;
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Value};
use uuid::Uuid;

const USAGE: &str = "\
Prints which clients of the table would be refused today: per line the client_id, a tab, and the reason.

Usage: cargo run --release --example recheck -- [OPTIONS] < ITEMS

Options:
  --origin LIST   print instead the client_id of each client with a redirect URI of one of these origins, written as
                  ALLOWED_REDIRECT_ORIGINS is: https://app.example.com, https:, com.example.app:, loopback
  --origins       print instead every client's origins: per line the client_id, a tab, and an origin
  --help          this text

Standard input has items as DynamoDB gives them: what `aws dynamodb scan --output json` prints, the lines of an export
to S3, or items alone. It is read item by item, so it may be of any length.

UNSUPPORTED_METADATA and ALLOWED_REDIRECT_ORIGINS are read from the environment, as the function does; set them as they
are deployed. A redirect URI that would be refused, whatever the list, has no origin.

The exit code is 0 if everything was read, whether or not anything was found, and 1 otherwise.";

/// What is asked about each client.
enum Question {
    /// Whether it would be refused.
    Refused(Policy),
    /// Whether it has one of these origins.
    HasOrigin(AllowedOrigins),
    /// Which origins it has.
    Origins,
}

impl Question {
    /// `None` where the usage was asked for.
    fn parse() -> Result<Option<Self>, Error> {
        // The table is somebody else's business here.
        let of_the_function =
            |name: &str| if name == "TABLE_NAME" { Some("not-used".to_owned()) } else { variable(name) };
        let mut question = Self::Refused(Settings::read(of_the_function)?.policy);
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            question = match argument {
                Long("origin") => Self::HasOrigin(AllowedOrigins::parse(&arguments.value()?.string()?)?),
                Long("origins") => Self::Origins,
                Long("help") | Short('h') => return Ok(None),
                _ => return Err(format!("{}\n\n{USAGE}", argument.unexpected()).into()),
            }
        }
        Ok(Some(question))
    }

    /// What to print behind the `client_id`: nothing, or one line for each.
    fn ask(&self, client_id: &str, metadata: Map<String, Value>) -> Vec<String> {
        match self {
            Self::Refused(policy) => refusal(client_id, metadata, policy).into_iter().collect(),
            Self::HasOrigin(listed) => {
                let is_listed = redirect_uris(&metadata).any(|uri| listed.include(uri.origin()));
                is_listed.then(String::new).into_iter().collect()
            }
            Self::Origins => {
                let mut origins: Vec<_> = redirect_uris(&metadata).map(|uri| uri.origin().to_string()).collect();
                origins.sort_unstable();
                origins.dedup();
                origins
            }
        }
    }
}

/// Why a registration with this metadata would be refused, and the origin that is not listed, if that is why.
fn refusal(client_id: &str, metadata: Map<String, Value>, policy: &Policy) -> Option<String> {
    if !Uuid::try_parse(client_id).is_ok_and(|id| id.to_string() == client_id) {
        return Some("client_id is not a UUID in lower case, as this endpoint issues them".to_owned());
    }
    let validate = || {
        let request = RegistrationRequest::parse(Value::Object(metadata).to_string().as_bytes())?;
        ClientMetadata::validate(request, policy)?;
        Ok::<_, Refusal>(())
    };
    let refusal = validate().err()?;
    let origin = refusal.origin().map(|origin| format!(": {origin}")).unwrap_or_default();
    Some(format!("{refusal}{origin}"))
}

fn redirect_uris(metadata: &Map<String, Value>) -> impl Iterator<Item = RedirectUri> {
    let sent = metadata.get(Member::RedirectUris.as_str()).and_then(Value::as_array).into_iter().flatten();
    sent.filter_map(|uri| RedirectUri::try_from(uri.as_str()?.to_owned()).ok())
}

/// An attribute in DynamoDB's JSON, by the types that a client's members have.
#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Attribute {
    S(String),
    L(Vec<Attribute>),
    Null(IgnoredAny),
    #[serde(rename = "N", alias = "B", alias = "BOOL", alias = "M", alias = "SS", alias = "NS", alias = "BS")]
    Other(IgnoredAny),
}

impl From<Attribute> for Value {
    fn from(attribute: Attribute) -> Self {
        match attribute {
            Attribute::S(text) => text.into(),
            Attribute::L(list) => list.into_iter().map(Self::from).collect(),
            Attribute::Null(_) => Self::Null,
            Attribute::Other(_) => false.into(), // of a type that no member has
        }
    }
}

/// Asks about every client, and prints the answers.
struct Recheck<W> {
    question: Question,
    out: W,
    clients: u64,
    printed: u64,
    /// Whether a scan says that the table goes on.
    is_cut: bool,
    /// Why nothing more can be printed.
    broken: Option<io::Error>,
}

impl<W: Write> Recheck<W> {
    fn client(&mut self, client_id: &str, metadata: Map<String, Value>) -> io::Result<()> {
        self.clients += 1;
        let lines = self.question.ask(client_id, metadata);
        self.printed += u64::from(!lines.is_empty());
        for line in lines {
            // A key of somebody else's making may be anything, and this goes to a terminal.
            write!(self.out, "{}", client_id.escape_default())?;
            if !line.is_empty() {
                write!(self.out, "\t{line}")?;
            }
            writeln!(self.out)?;
        }
        Ok(())
    }
}

/// A JSON value of the input: an item, `{"Items": [...]}` as of a scan, `{"Item": {...}}` as of an export, or a list.
struct Document<'a, W>(&'a mut Recheck<W>);

impl<'de, W: Write> DeserializeSeed<'de> for Document<'_, W> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, W: Write> Visitor<'de> for Document<'_, W> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Document(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut is_item = true;
        let mut client_id = None;
        let mut metadata = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "Items" | "Item" => {
                    map.next_value_seed(Document(self.0))?;
                    is_item = false;
                }
                "client_id" => client_id = Some(map.next_value()?),
                "NextToken" | "LastEvaluatedKey" => self.0.is_cut |= !map.next_value::<Value>()?.is_null(),
                known if Member::ALL.iter().any(|member| member.as_str() == known) => {
                    let value = map.next_value::<Attribute>()?;
                    metadata.insert(name, value.into());
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        match client_id {
            Some(Attribute::S(client_id)) => self.0.client(&client_id, metadata).map_err(|error| {
                self.0.broken = Some(error);
                de::Error::custom("cannot print")
            }),
            None if !is_item => Ok(()),
            _ => Err(de::Error::custom("no client_id")),
        }
    }
}

/// What is wrong with the input, without a word of it.
fn describe(error: &serde_json::Error, clients: u64) -> String {
    let what = match error.classify() {
        Category::Io => return format!("cannot read standard input: {error}"),
        Category::Eof => "the input ends in the middle",
        Category::Syntax => "this is not JSON",
        Category::Data => "this is not an item as DynamoDB gives it",
    };
    format!("line {}, column {}, behind client {clients}: {what}", error.line(), error.column())
}

fn run() -> Result<(), Error> {
    let Some(question) = Question::parse()? else {
        writeln!(io::stdout(), "{USAGE}")?;
        return Ok(());
    };
    let out = BufWriter::new(io::stdout().lock());
    let mut recheck = Recheck { question, out, clients: 0, printed: 0, is_cut: false, broken: None };
    let mut input = serde_json::Deserializer::from_reader(BufReader::new(io::stdin().lock()));
    let mut is_empty = true;
    // Not at its end, or it cannot be read, which the next document then reports.
    while input.end().is_err() {
        is_empty = false;
        if let Err(error) = Document(&mut recheck).deserialize(&mut input) {
            if let Some(broken) = recheck.broken.take() {
                return Err(broken.into());
            }
            recheck.out.flush()?;
            return Err(describe(&error, recheck.clients).into());
        }
    }
    if is_empty {
        return Err("there is nothing on standard input, which is not even an empty table".into());
    }
    recheck.out.flush()?;
    if recheck.is_cut {
        return Err("the scan has not read the whole table; run it without --max-items and --no-paginate".into());
    }
    eprintln!("{} clients read, {} found", recheck.clients, recheck.printed);
    Ok(())
}

fn main() -> ExitCode {
    let Err(error) = run() else { return ExitCode::SUCCESS };
    // Whoever reads the output has had enough, such as `head`, and wants no message.
    if error.downcast_ref::<io::Error>().is_none_or(|error| error.kind() != ErrorKind::BrokenPipe) {
        eprintln!("error: {error}");
    }
    ExitCode::FAILURE
}
