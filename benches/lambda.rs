//! What a registration costs on Lambda: the real binary against a stock hello world, in turn, as Lambda starts them.
//!
//! `cargo bench --bench lambda` measures times, `cargo bench --bench lambda -- counts` what a clock does not change: instructions,
//! system calls, sizes. Everything is on loopback: a Runtime API, and TLS in front of what stands in for DynamoDB.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a program for a terminal, that should stop where something is wrong"
)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const USAGE: &str = "\
Options: --cold N              cold starts of each [15]
         --warm N              warm calls in each [100]
         --cpu-share SHARE     of one processor, from the first event on, by a cgroup; 0.072 is a function of 128 MB [whole]
         --dynamodb-delay MS   before every reply of the stand-in for DynamoDB [0]
         --all-defaults        measure the same endpoint with every crate's defaults, too
Or:      counts                instructions, system calls, sizes of each
Or:      gate                  the same of this function, failing beyond the bounds";

/// After this a function that does not answer is broken, even under valgrind.
const PATIENCE: Duration = Duration::from_mins(1);

/// What `gate` allows: a little above what was measured when a figure was last improved. An instruction count differs by
/// about a hundredth between machines.
const BOUNDS: [(&str, f64); 6] = [
    ("instructions at start-up", 3_900_000.0),
    ("instructions a warm call", 660_000.0),
    ("system calls a warm call", 15.0),
    ("binary, bytes", 6_700_000.0),
    ("deployment zip, bytes", 2_950_000.0),
    ("peak memory, KiB", 9_200.0),
];

fn main() {
    let mut cold = 15;
    let mut warm = 100;
    let mut cpu_share = None;
    let mut delay = Duration::ZERO;
    let (mut all_defaults, mut counts, mut gate) = (false, false, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--cold" => cold = number(arguments.next()),
            "--warm" => warm = number(arguments.next()),
            "--cpu-share" => cpu_share = Some(number(arguments.next())),
            "--dynamodb-delay" => delay = Duration::from_millis(number(arguments.next())),
            "--all-defaults" => all_defaults = true,
            "counts" => counts = true,
            "gate" => gate = true,
            "--bench" => {} // cargo's
            _ => panic!("{argument}?\n{USAGE}"),
        }
    }

    let ours = build(&["--bin", "dynamic-client-registration"], "target").join("dynamic-client-registration");
    if gate {
        return hold_to_bounds(counted(&ours));
    }
    let peers = build(&["--manifest-path", "benches/peers/Cargo.toml"], "target/peers");
    let hello = peers.join("hello");
    if counts {
        return compare_counts(counted(&hello), counted(&ours));
    }
    let mut functions = vec![("hello world", hello), ("this function", ours)];
    if all_defaults {
        functions.push(("all defaults", peers.join("all_defaults")));
    }
    compare(&functions, cold, warm, cpu_share, delay);
}

fn number<T: std::str::FromStr>(argument: Option<String>) -> T {
    argument.and_then(|text| text.parse().ok()).expect(USAGE)
}

/// Builds a release as it is deployed: by a cargo of its own, so that no development dependency widens a feature.
fn build(arguments: &[&str], target: &str) -> PathBuf {
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(ROOT)
        .args(["build", "--release", "--quiet", "--target-dir", target])
        .args(arguments)
        .status()
        .unwrap();
    assert!(status.success(), "cargo build {arguments:?} failed");
    Path::new(ROOT).join(target).join("release")
}

// --- Times ---------------------------------------------------------------------------------------------------------------

/// One cold start and its warm calls. Times in milliseconds.
struct Sample {
    init: f64,
    first: f64,
    warm: f64,
    cpu: f64,
    peak_kib: f64,
}

/// One of a sample's figures.
type Measure = fn(&Sample) -> f64;

fn compare(functions: &[(&str, PathBuf)], cold: usize, warm: usize, cpu_share: Option<f64>, delay: Duration) {
    let sample = |(_, binary): &(&str, PathBuf)| measure(binary, warm, cpu_share, delay);
    let round = |_| -> Vec<Sample> { functions.iter().map(sample).collect() };
    // The first round reads the binaries from the disk, and does not count.
    let rounds: Vec<Vec<Sample>> = (0..=cold).map(round).skip(1).collect();
    let measures: [(&str, Measure); 6] = [
        ("init, ms", |sample| sample.init),
        ("first answer, ms", |sample| sample.first),
        ("init + first answer, ms", |sample| sample.init + sample.first),
        ("warm answer, ms", |sample| sample.warm),
        ("CPU a warm call, ms", |sample| sample.cpu),
        ("peak memory, KiB", |sample| sample.peak_kib),
    ];
    println!(
        "{cold} cold starts of each in turn, {warm} warm calls in each; median (median of the ratios to hello world)"
    );
    print!("{:26}", "");
    for (name, _) in functions {
        print!("{name:>24}");
    }
    println!();
    for (name, measure) in measures {
        print!("{name:26}");
        for function in 0..functions.len() {
            let value = median(rounds.iter().map(|round| measure(&round[function])));
            let ratio = median(rounds.iter().map(|round| measure(&round[function]) / measure(&round[0])));
            print!("{:>24}", format!("{value:.2} ({ratio:.2} x)"));
        }
        println!();
    }
}

fn measure(binary: &Path, warm: usize, cpu_share: Option<f64>, delay: Duration) -> Sample {
    let lambda = Lambda::start(delay);
    let started = Instant::now();
    let mut function = Function(lambda.command(Command::new(binary)).spawn().unwrap());
    let init = lambda.wait_for_next(&mut function).duration_since(started);
    let throttle = cpu_share.map(|share| Throttle::put(function.0.id(), share));
    let first = lambda.invoke(&mut function);
    let before = cpu_time(function.0.id());
    let warm_calls: Vec<Duration> = (0..warm).map(|_| lambda.invoke(&mut function)).collect();
    let cpu = cpu_time(function.0.id()).saturating_sub(before);
    let peak_kib = peak_memory(function.0.id());
    drop(function);
    drop(throttle);
    let puts = lambda.conditional_puts.load(Ordering::Relaxed);
    assert!(puts == 0 || puts == warm + 1, "{puts} conditional puts for {} registrations", warm + 1);
    let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
    Sample {
        init: ms(init),
        first: ms(first),
        warm: median(warm_calls.into_iter().map(ms)),
        cpu: ms(cpu) / warm as f64,
        peak_kib,
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Processor time of all threads of a process.
fn cpu_time(process: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let nanoseconds = tasks.filter_map(|task| {
        let statistics = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        statistics.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

fn peak_memory(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A control group, of version 2 or 1, that gives a process a share of one processor. Lambda does not throttle before the first event,
/// as far as anybody can tell from outside, so this is put on after it.
struct Throttle(PathBuf);

impl Throttle {
    fn put(process: u32, share: f64) -> Self {
        let period_us = 20_000.0;
        let quota_us = (share * period_us).round();
        let versions = [
            ("/sys/fs/cgroup", vec![("cpu.max", format!("{quota_us} {period_us}"))]),
            (
                "/sys/fs/cgroup/cpu",
                vec![("cpu.cfs_period_us", period_us.to_string()), ("cpu.cfs_quota_us", quota_us.to_string())],
            ),
        ];
        versions
            .into_iter()
            .find_map(|(root, limits)| {
                let group = Path::new(root).join(format!("lambda-bench-{process}"));
                fs::create_dir(&group).ok()?;
                let throttle = Self(group);
                for (file, limit) in limits {
                    let file = throttle.0.join(file);
                    // Where no control group is mounted, writing would make an ordinary file.
                    file.exists().then_some(())?;
                    fs::write(file, limit).ok()?;
                }
                fs::write(throttle.0.join("cgroup.procs"), process.to_string()).ok()?;
                Some(throttle)
            })
            .expect("--cpu-share needs a cgroup that this user may make under /sys/fs/cgroup")
    }
}

impl Drop for Throttle {
    fn drop(&mut self) {
        // The process leaves a moment after it was killed.
        for _ in 0..100 {
            if fs::remove_dir(&self.0).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

// --- Counts --------------------------------------------------------------------------------------------------------------

/// Warm calls of the shorter and of the longer run, whose difference is what calls cost.
const CALLS: [usize; 2] = [10, 60];

fn compare_counts(hello: [f64; 6], ours: [f64; 6]) {
    println!("{:28}{:>14}{:>14}", "", "hello world", "this function");
    for (((name, _), hello), ours) in BOUNDS.into_iter().zip(hello).zip(ours) {
        println!("{name:28}{hello:>14.0}{ours:>14.0}");
    }
}

fn hold_to_bounds(ours: [f64; 6]) {
    let mut beyond = false;
    println!("{:28}{:>14}{:>14}", "", "this function", "bound");
    for ((name, bound), ours) in BOUNDS.into_iter().zip(ours) {
        let mark = if ours > bound { "  beyond the bound" } else { "" };
        beyond |= ours > bound;
        println!("{name:28}{ours:>14.0}{bound:>14.0}{mark}");
    }
    if beyond {
        std::process::exit(1);
    }
}

/// The figures that [`BOUNDS`] names, in its order.
fn counted(binary: &Path) -> [f64; 6] {
    let a_call = |totals: [f64; 2]| (totals[1] - totals[0]) / (CALLS[1] - CALLS[0]) as f64;
    let zip = Command::new("gzip").arg("-9c").arg(binary).output().expect("gzip").stdout.len();
    [
        instructions(binary, 0),
        a_call(CALLS.map(|calls| instructions(binary, calls))),
        a_call(CALLS.map(|calls| system_calls(binary, calls))),
        fs::metadata(binary).unwrap().len() as f64,
        zip as f64,
        measure(binary, 100, None, Duration::ZERO).peak_kib,
    ]
}

/// Instructions from the start to the `/next` after `calls` calls, by valgrind.
fn instructions(binary: &Path, calls: usize) -> f64 {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(binary);
    let report = run_under(command, calls);
    let line = report.lines().find(|line| line.contains("Collected :")).expect("valgrind's count");
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// System calls from the start to the `/next` after `calls` calls, by strace.
fn system_calls(binary: &Path, calls: usize) -> f64 {
    let mut command = Command::new("strace");
    command.args(["-f", "-c", "-U", "calls,name"]).arg(binary);
    let report = run_under(command, calls);
    let line = report.lines().find(|line| line.ends_with(" total")).expect("strace's count");
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// Runs the function under a tool that counts until it is told to stop; what the tool says.
fn run_under(command: Command, calls: usize) -> String {
    let tool = command.get_program().to_string_lossy().into_owned();
    let lambda = Lambda::start(Duration::ZERO);
    let mut command = lambda.command(command);
    // valgrind and strace are looked up; the function gets no path of its own.
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).stderr(Stdio::piped());
    let child = command.spawn().unwrap_or_else(|error| panic!("{tool} is needed for this: {error}"));
    let mut function = Function(child);
    lambda.wait_for_next(&mut function);
    for _ in 0..calls {
        lambda.invoke(&mut function);
    }
    let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", function.0.id())).unwrap_or_default();
    let stop = children.split_whitespace().next().map_or_else(|| function.0.id().to_string(), str::to_owned);
    assert!(Command::new("kill").args(["-TERM", &stop]).status().unwrap().success());
    let mut report = String::new();
    function.0.stderr.take().unwrap().read_to_string(&mut report).unwrap();
    report
}

// --- Lambda --------------------------------------------------------------------------------------------------------------

/// A function that is ended with its measurement.
struct Function(Child);

impl Drop for Function {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A Runtime API that hands out the reference's example, and TLS with what stands in for DynamoDB.
struct Lambda {
    runtime_api: String,
    dynamodb: String,
    /// When the function asked for its next event, and the way to give it one.
    next: mpsc::Receiver<(Instant, TcpStream)>,
    /// When the function answered.
    answers: mpsc::Receiver<Instant>,
    conditional_puts: Arc<AtomicUsize>,
    event: Vec<u8>,
    waiting: std::cell::RefCell<Option<TcpStream>>,
}

impl Lambda {
    fn start(delay: Duration) -> Self {
        let (asked, next) = mpsc::channel();
        let (answered, answers) = mpsc::channel();
        let runtime_api = serve(move |connection| runtime_api(connection, &asked, &answered));
        let conditional_puts = Arc::new(AtomicUsize::new(0));
        let puts = Arc::clone(&conditional_puts);
        let tls = Arc::new(tls());
        let dynamodb = serve(move |connection| dynamodb(connection, &tls, &puts, delay));
        let event = fs::read(Path::new(ROOT).join("events/register-full.json")).unwrap();
        Self { runtime_api, dynamodb, next, answers, conditional_puts, event, waiting: std::cell::RefCell::default() }
    }

    /// The command in the environment of a function, which knows nothing of ours.
    fn command(&self, mut command: Command) -> Command {
        command.env_clear().stdout(Stdio::null()).stderr(Stdio::null()).envs([
            ("AWS_LAMBDA_RUNTIME_API", self.runtime_api.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "register"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
            ("AWS_LAMBDA_LOG_LEVEL", "INFO"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_SESSION_TOKEN", &"token".repeat(100)),
            ("AWS_ENDPOINT_URL_DYNAMODB", &format!("https://{}", self.dynamodb.replace("127.0.0.1", "localhost"))),
            ("SSL_CERT_FILE", concat!(env!("CARGO_MANIFEST_DIR"), "/benches/localhost.pem")),
            ("TABLE_NAME", "clients"),
        ]);
        command
    }

    /// When the function asked for an event.
    fn wait_for_next(&self, function: &mut Function) -> Instant {
        let (when, connection) = self.next.recv_timeout(PATIENCE).unwrap_or_else(|_| {
            panic!("the function asks for no event; it is {:?}", function.0.try_wait());
        });
        self.waiting.replace(Some(connection));
        when
    }

    /// From handing over an event to the answer. The function is ready for the next one when this returns.
    fn invoke(&self, function: &mut Function) -> Duration {
        let mut connection = self.waiting.take().expect("a function that waits");
        let head = format!(
            "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: request\r\nLambda-Runtime-Deadline-Ms: 4102444800000\r\n\
             Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:register\r\n\
             Lambda-Runtime-Trace-Id: Root=1-00000000-000000000000000000000000\r\nContent-Length: {}\r\n\r\n",
            self.event.len()
        );
        let given = Instant::now();
        connection.write_all(&[head.as_bytes(), &self.event].concat()).unwrap();
        let answered = self.answers.recv_timeout(PATIENCE).expect("an answer");
        self.wait_for_next(function);
        answered.duration_since(given)
    }
}

/// Accepts connections on a free port of loopback, a thread each, until this process ends; the address.
fn serve(connected: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let connected = Arc::new(connected);
    thread::spawn(move || {
        for connection in listener.incoming() {
            let (connected, connection) = (Arc::clone(&connected), connection.unwrap());
            connection.set_nodelay(true).unwrap();
            thread::spawn(move || connected(connection));
        }
    });
    address
}

fn runtime_api(connection: TcpStream, asked: &mpsc::Sender<(Instant, TcpStream)>, answered: &mpsc::Sender<Instant>) {
    let mut writer = connection.try_clone().unwrap();
    let mut reader = BufReader::new(connection);
    while let Some((head, body)) = read_request(&mut reader) {
        if head.starts_with("GET") {
            // The event is written by whoever measures, when it is ready to.
            if asked.send((Instant::now(), writer.try_clone().unwrap())).is_err() {
                return;
            }
            continue;
        }
        if answered.send(Instant::now()).is_err() {
            return;
        }
        let good = body == b"hello"
            || serde_json::from_slice::<Value>(&body)
                .is_ok_and(|result| result["statusCode"] == 201 || result["body"] == "hello");
        assert!(good, "{head}{}", String::from_utf8_lossy(&body));
        writer.write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").unwrap();
    }
}

fn dynamodb(connection: TcpStream, tls: &Arc<ServerConfig>, conditional_puts: &AtomicUsize, delay: Duration) {
    let session = ServerConnection::new(Arc::clone(tls)).unwrap();
    let mut stream = BufReader::new(StreamOwned::new(session, connection));
    while let Some((head, body)) = read_request(&mut stream) {
        let put: Value = serde_json::from_slice(&body).unwrap();
        assert!(head.contains("DynamoDB_20120810.PutItem"), "{head}");
        assert_eq!(put["ConditionExpression"], "attribute_not_exists(client_id)", "{put}");
        thread::sleep(delay);
        // A put without an item is the warm-up, which DynamoDB refuses.
        let (status, reply) = if put["Item"] == serde_json::json!({}) {
            ("400 Bad Request", r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"missing key"}"#)
        } else {
            conditional_puts.fetch_add(1, Ordering::Relaxed);
            ("200 OK", "{}")
        };
        let reply = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/x-amz-json-1.0\r\nx-amzn-RequestId: REQUEST\r\nContent-Length: {}\r\n\r\n{reply}",
            reply.len()
        );
        if stream.get_mut().write_all(reply.as_bytes()).is_err() {
            return;
        }
    }
}

/// Head and body of the next HTTP request; `None` when the connection is over.
fn read_request(reader: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let mut body = vec![0; length.unwrap_or_default()];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn tls() -> ServerConfig {
    let file = |name| Path::new(ROOT).join("benches").join(name);
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_file(file("localhost.pem")).unwrap()],
            PrivateKeyDer::from_pem_file(file("localhost-key.pem")).unwrap(),
        )
        .unwrap()
}
