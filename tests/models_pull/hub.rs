//! A model hub on loopback: the routes that a pull asks for, and the faults a real one may have.
//!
//! Files of [`LARGE`] bytes and more are kept as a hub keeps them: git holds a pointer, and asking
//! for the file leads to another address that gives its bytes, whole or from an offset.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// From this size on a file is not kept in git.
pub const LARGE: usize = 10_000;

/// What is wrong with a hub.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// So many times a large file breaks off after so many bytes.
    pub cuts: usize,
    pub cut_after: usize,
    /// A file whose bytes are not those that are listed.
    pub wrong: Option<&'static str>,
    /// Offsets are not heeded.
    pub no_ranges: bool,
    /// Without this token every request is refused, with this status and code.
    pub token: Option<(&'static str, u16, &'static str)>,
    /// Bytes stop coming, and the connection stays open.
    pub stall_after: Option<usize>,
    /// A listed file is not there.
    pub lost: Option<&'static str>,
    /// What a listing says of a file's size.
    pub size: Option<(&'static str, u64)>,
}

/// A repository: its commit, the header of its model card, its files.
#[derive(Clone, Default)]
pub struct Repository {
    pub commit: String,
    pub card: Value,
    pub files: BTreeMap<&'static str, Vec<u8>>,
}

#[derive(Default)]
struct Inner {
    repositories: BTreeMap<&'static str, Repository>,
    faults: Faults,
    log: Vec<String>,
}

/// A hub, until the test ends.
#[derive(Clone)]
pub struct Hub {
    pub address: String,
    inner: Arc<Mutex<Inner>>,
}

struct Request {
    method: String,
    path: String,
    from: Option<usize>,
    token: Option<String>,
}

impl Hub {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hub = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            inner: Arc::default(),
        };
        let serving = hub.clone();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let hub = serving.clone();
                // A client that goes away in the middle is no trouble of ours.
                thread::spawn(move || hub.serve(connection));
            }
        });
        hub
    }

    pub fn put(&self, name: &'static str, repository: Repository) {
        self.inner
            .lock()
            .unwrap()
            .repositories
            .insert(name, repository);
    }

    pub fn fail(&self, faults: Faults) {
        self.inner.lock().unwrap().faults = faults;
    }

    /// The requests since the last time: method, path, offset.
    pub fn log(&self) -> Vec<String> {
        std::mem::take(&mut self.inner.lock().unwrap().log)
    }

    fn serve(&self, mut connection: TcpStream) -> Option<()> {
        let request = Request::read(&connection)?;
        let (repositories, faults) = {
            let mut inner = self.inner.lock().unwrap();
            inner.log.push(format!(
                "{} {}{}",
                request.method,
                request.path,
                request
                    .from
                    .map_or(String::new(), |from| format!(" from {from}"))
            ));
            (inner.repositories.clone(), inner.faults.clone())
        };
        if let Some((token, status, code)) = faults.token
            && request.token.as_deref() != Some(token)
        {
            return refuse(&mut connection, status, code);
        }
        let (path, _query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match parts.as_slice() {
            ["api", "models", owner, name, "revision", revision] => {
                let Some(found) = repositories.get(&*format!("{owner}/{name}")) else {
                    return refuse(&mut connection, 404, "RepoNotFound");
                };
                if *revision != "main" && *revision != found.commit {
                    return refuse(&mut connection, 404, "RevisionNotFound");
                }
                let info = json!({
                    "_id": "0", "id": format!("{owner}/{name}"), "sha": found.commit,
                    "gated": false, "private": false, "cardData": found.card,
                });
                reply(
                    &mut connection,
                    &request,
                    200,
                    &[],
                    info.to_string().as_bytes(),
                )
            }
            ["api", "models", owner, name, "tree", _] => {
                let found = repositories.get(&*format!("{owner}/{name}"))?;
                let entries: Vec<_> = found
                    .files
                    .iter()
                    .map(|(p, b)| entry(p, b, &faults))
                    .collect();
                let listing = Value::from(entries).to_string();
                reply(&mut connection, &request, 200, &[], listing.as_bytes())
            }
            [owner, name, "resolve", _, path @ ..] => {
                let found = repositories.get(&*format!("{owner}/{name}"))?;
                let path = path.join("/");
                match found.files.get(&*path) {
                    Some(_) if faults.lost == Some(&*path) => {
                        refuse(&mut connection, 404, "EntryNotFound")
                    }
                    Some(bytes) if bytes.len() >= LARGE => {
                        let to = format!("Location: {}/cdn/{owner}/{name}/{path}", self.address);
                        reply(&mut connection, &request, 302, &[to], &[])
                    }
                    Some(bytes) => {
                        let commit = format!("X-Repo-Commit: {}", found.commit);
                        let bytes = altered(bytes, faults.wrong == Some(&*path));
                        reply(&mut connection, &request, 200, &[commit], &bytes)
                    }
                    None => refuse(&mut connection, 404, "EntryNotFound"),
                }
            }
            ["cdn", owner, name, path @ ..] => {
                let path = path.join("/");
                let bytes = repositories
                    .get(&*format!("{owner}/{name}"))?
                    .files
                    .get(&*path)?;
                let bytes = altered(bytes, faults.wrong == Some(&*path));
                self.send_large(&mut connection, &request, &faults, &bytes)
            }
            _ => refuse(&mut connection, 404, ""),
        }
    }

    fn send_large(
        &self,
        connection: &mut TcpStream,
        request: &Request,
        faults: &Faults,
        bytes: &[u8],
    ) -> Option<()> {
        let from = request.from.filter(|_| !faults.no_ranges);
        let rest = &bytes[from.unwrap_or(0)..];
        let status = if from.is_some() { 206 } else { 200 };
        if request.method == "HEAD" {
            return reply(connection, request, status, &[], rest);
        }
        if let Some(after) = faults.stall_after.filter(|after| *after < rest.len()) {
            head(connection, status, &[], rest.len())?;
            connection.write_all(&rest[..after]).ok()?;
            connection.flush().ok()?;
            thread::sleep(Duration::from_secs(60));
            return None;
        }
        let cut = {
            let mut inner = self.inner.lock().unwrap();
            let cut = inner.faults.cuts > 0;
            inner.faults.cuts = inner.faults.cuts.saturating_sub(1);
            cut
        };
        if cut {
            head(connection, status, &[], rest.len())?;
            connection
                .write_all(&rest[..faults.cut_after.min(rest.len())])
                .ok()?;
            connection.flush().ok()?;
            return connection.shutdown(Shutdown::Both).ok();
        }
        reply(connection, request, status, &[], rest)
    }
}

impl Request {
    fn read(connection: &TcpStream) -> Option<Self> {
        let mut lines = BufReader::new(connection).lines();
        let first = lines.next()?.ok()?;
        let mut words = first.split(' ');
        let mut request = Self {
            method: words.next()?.to_owned(),
            path: words.next()?.to_owned(),
            from: None,
            token: None,
        };
        for line in lines {
            let line = line.ok()?;
            let Some((name, value)) = line.split_once(": ") else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "range" => {
                    let from = value.strip_prefix("bytes=")?.split('-').next()?;
                    request.from = Some(from.parse().ok()?);
                }
                "authorization" => {
                    request.token = value.strip_prefix("Bearer ").map(str::to_owned);
                }
                _ => {}
            }
        }
        Some(request)
    }
}

/// What a listing says of a file.
fn entry(path: &str, bytes: &[u8], faults: &Faults) -> Value {
    let size = match faults.size {
        Some((file, size)) if file == path => size,
        _ => bytes.len() as u64,
    };
    if bytes.len() < LARGE {
        return json!({"type": "file", "path": path, "size": size, "oid": blob(bytes)});
    }
    let sha256 = hex(&Sha256::digest(bytes));
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n");
    json!({
        "type": "file", "path": path, "size": size, "oid": blob(pointer.as_bytes()),
        "lfs": {"oid": sha256, "size": size, "pointerSize": pointer.len()},
    })
}

fn blob(bytes: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", bytes.len()));
    hash.update(bytes);
    hex(&hash.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn altered(bytes: &[u8], wrong: bool) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if wrong {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    }
    bytes
}

fn refuse(connection: &mut TcpStream, status: u16, code: &str) -> Option<()> {
    head(connection, status, &[format!("X-Error-Code: {code}")], 0)
}

fn reply(
    connection: &mut TcpStream,
    request: &Request,
    status: u16,
    headers: &[String],
    body: &[u8],
) -> Option<()> {
    head(connection, status, headers, body.len())?;
    if request.method != "HEAD" {
        connection.write_all(body).ok()?;
    }
    connection.flush().ok()
}

fn head(connection: &mut TcpStream, status: u16, headers: &[String], length: usize) -> Option<()> {
    let mut text =
        format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n");
    for header in headers {
        text += &format!("{header}\r\n");
    }
    connection.write_all((text + "\r\n").as_bytes()).ok()
}
