//! A server of our own on loopback that says what it is told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::decoder::Sampling;
use crate::messages::Lang;

/// What the server does with a request for a completion.
#[derive(Clone, Copy)]
enum Reply {
    /// Streams these pieces, a moment between them.
    Stream(&'static [&'static str]),
    /// Answers with a status and a body.
    Status(u16, &'static str),
    /// Says nothing for a long time.
    Silence,
}

/// The address of a server that answers so, and the requests it gets: first line, headers, body.
fn serve(listed: u16, reply: Reply) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/v1/", listener.local_addr().unwrap());
    let (requests, seen) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let Some(request) = read(&mut stream) else {
                continue;
            };
            let is_list = request.starts_with("GET /v1/models ");
            let _ = requests.send(request);
            let reply = match is_list {
                true => Reply::Status(listed, "{\"object\":\"list\",\"data\":[]}"),
                false => reply,
            };
            thread::spawn(move || answer(&mut stream, reply));
        }
    });
    (address, seen)
}

fn read(stream: &mut TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        request += &line;
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(request + &String::from_utf8(body).unwrap())
}

fn answer(stream: &mut TcpStream, reply: Reply) {
    match reply {
        Reply::Status(status, body) => {
            let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n", body.len());
            let _ = write!(stream, "{head}connection: close\r\n\r\n{body}");
        }
        Reply::Stream(pieces) => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
            let _ = write!(stream, "{head}connection: close\r\n\r\n");
            for piece in pieces {
                let _ = stream.write_all(piece.as_bytes());
                let _ = stream.flush();
                thread::sleep(Duration::from_millis(5));
            }
        }
        Reply::Silence => thread::sleep(Duration::from_secs(20)),
    }
}

fn options() -> GenerateOptions {
    GenerateOptions {
        max_tokens: 16,
        sampling: Sampling {
            temperature: 0.5,
            seed: u64::MAX,
            ..Sampling::default()
        },
        stop: vec!["(발화 종료)".to_owned()],
    }
}

fn ask(server: &mut Server, draft: &mut dyn FnMut(&str) -> bool) -> Result<Said, String> {
    let said = server.complete("(발화 시작)", &options(), draft);
    said.map_err(|error| match error {
        VoiceError::Server(error) => error.explain(&Messages::new(Lang::En)),
        other => panic!("{other}"),
    })
}

#[test]
fn a_reply_is_streamed_and_ends_where_it_should() {
    let pieces = &[
        "data: {\"choices\":[{\"text\":\"좋아! \"}]}\n\n",
        "data: {\"choices\":[{\"text\":\"MSE는 뭐야? (발화 종료) 그리고\"}]}\n\n",
    ];
    let (address, requests) = serve(200, Reply::Stream(pieces));
    let mut server = Server::connect(&address, "kanana", Some("secret".to_owned())).unwrap();
    let mut drafts = Vec::new();
    let said = ask(&mut server, &mut |text| {
        drafts.push(text.to_owned());
        true
    });
    let said = said.unwrap();
    assert_eq!(
        (said.text.as_str(), said.finish),
        ("좋아! MSE는 뭐야? ", Finish::Stop)
    );
    assert!(drafts.iter().any(|draft| draft == "좋아! "), "{drafts:?}");

    let asked: Vec<String> = requests.try_iter().collect();
    assert!(asked[0].starts_with("GET /v1/models "), "{}", asked[0]);
    assert!(
        asked[1].starts_with("POST /v1/completions "),
        "{}",
        asked[1]
    );
    assert!(
        asked
            .iter()
            .all(|r| r.contains("authorization: Bearer secret"))
    );
    let body = asked[1].split("\r\n\r\n").nth(1).unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        (&body["model"], &body["max_tokens"]),
        (&json!("kanana"), &json!(16))
    );
    assert_eq!(body["stop"], json!(["(발화 종료)"]));
    assert!(body["seed"].as_u64().unwrap() <= u64::from(u32::MAX));
}

#[test]
fn nobody_waits_for_a_silent_server_who_does_not_want_to() {
    let (address, _requests) = serve(404, Reply::Silence);
    let mut server = Server::connect(&address, "kanana", None).unwrap();
    let started = Instant::now();
    let said = ask(&mut server, &mut |_| {
        started.elapsed() < Duration::from_millis(200)
    });
    assert_eq!(said.unwrap().finish, Finish::Cancelled);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn what_goes_wrong_is_said_with_its_remedy() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let error = Server::connect(&format!("http://{closed}/v1"), "m", None)
        .err()
        .unwrap();
    let text = error.explain(&Messages::new(Lang::En));
    assert!(
        text.contains("refused") && text.contains("llm.endpoint"),
        "{text}"
    );

    let (address, _requests) = serve(401, Reply::Silence);
    let error = Server::connect(&address, "m", None).err().unwrap();
    let text = error.explain(&Messages::new(Lang::En));
    assert!(text.contains("401") && text.contains(KEY), "{text}");

    let cases: [(Reply, &[&str]); 5] = [
        (
            Reply::Status(404, "{\"error\":{\"message\":\"no model m\"}}"),
            &["404 no model m", "llm.model"],
        ),
        (
            Reply::Status(500, "out\nof\u{7} memory"),
            &["500 out of memory"],
        ),
        (
            Reply::Status(200, "<html>hello</html>"),
            &["broke off", "llm.endpoint"],
        ),
        (
            Reply::Stream(&["data: {\"choices\":[{\"text\":\"반만"]),
            &["broke off"],
        ),
        (Reply::Stream(&["data: nonsense\n"]), &["llm.endpoint"]),
    ];
    for (reply, parts) in cases {
        let (address, _requests) = serve(200, reply);
        let mut server = Server::connect(&address, "m", None).unwrap();
        let text = ask(&mut server, &mut |_| true).unwrap_err();
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    }
}
