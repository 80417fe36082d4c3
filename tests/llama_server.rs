//! A real server with OpenAI's completions API: llama.cpp's, from its Python package, with SmolLM2. Run
//! by hand, after `tools/fetch_smollm2.py` has fetched the weights:
//!
//! ```sh
//! pip install "llama-cpp-python[server]"
//! cargo test --release --test llama_server -- --ignored
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use ohlora::decoder::{Decoder, Finish, GenerateOptions, KvCache, ModelFiles, Precision, Sampling};
use ohlora::engine::server::Server;
use ohlora::engine::voice::LanguageModel;

const PROMPT: &str = "The capital of France is";

/// The server, ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("runs/smollm2/model.gguf")
}

/// llama.cpp's server on a free port, and its address once it answers.
fn start() -> (Running, Server) {
    assert!(model().is_file(), "run tools/fetch_smollm2.py first");
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let child = Command::new(python)
        .args([
            "-m",
            "llama_cpp.server",
            "--host",
            "127.0.0.1",
            "--n_ctx",
            "512",
        ])
        .args(["--port", &port.to_string(), "--model"])
        .arg(model())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("python with llama-cpp-python[server]");
    let running = Running(child);
    let address = format!("http://127.0.0.1:{port}/v1");
    let started = Instant::now();
    loop {
        match Server::connect(&address, "smollm2", None) {
            Ok(server) => return (running, server),
            Err(error) => assert!(started.elapsed() < Duration::from_secs(60), "{error}"),
        }
        sleep(Duration::from_millis(200));
    }
}

fn options(stop: &str) -> GenerateOptions {
    GenerateOptions {
        max_tokens: 24,
        sampling: Sampling {
            temperature: 0.,
            ..Sampling::default()
        },
        stop: vec![stop.to_owned()],
    }
}

#[test]
#[ignore = "needs SmolLM2 and llama.cpp's server"]
fn the_server_goes_on_as_the_model_in_this_process_and_stops_where_it_is_told() {
    let (_running, mut server) = start();
    let mut drafts = 0;
    let said = server
        .complete(PROMPT, &options("\u{0}"), &mut |_| {
            drafts += 1;
            true
        })
        .unwrap();
    assert!(drafts > 3, "it is streamed");
    assert_eq!(said.finish, Finish::Length);

    let decoder = Decoder::load(&ModelFiles::at(&model()), None, &Precision::Stored).unwrap();
    let prompt = decoder.tokenizer.encode(PROMPT, true).unwrap();
    let own = decoder
        .generate(&prompt, &options("\u{0}"), &mut KvCache::new(), &mut |_| {
            true
        })
        .unwrap();
    // Activations are rounded in other ways, so sooner or later another word is likelier.
    let same = said
        .text
        .chars()
        .zip(own.text.chars())
        .take_while(|(a, b)| a == b)
        .count();
    assert!(same >= 7, "{:?}\n{:?}", said.text, own.text);

    let stop: String = said.text.chars().skip(5).take(4).collect();
    let cut = server
        .complete(PROMPT, &options(&stop), &mut |_| true)
        .unwrap();
    assert_eq!(cut.finish, Finish::Stop);
    assert!(
        !cut.text.contains(&stop) && said.text.starts_with(&cut.text),
        "{cut:?}"
    );
}

#[test]
#[ignore = "needs SmolLM2 and llama.cpp's server"]
fn whoever_has_enough_is_not_made_to_wait() {
    let (_running, mut server) = start();
    let mut long = options("\u{0}");
    long.max_tokens = 400;
    let started = Instant::now();
    let said = server
        .complete(PROMPT, &long, &mut |text| text.len() < 20)
        .unwrap();
    assert_eq!(said.finish, Finish::Cancelled);
    let first = started.elapsed();
    // The server is free for the next one.
    let next = server
        .complete(PROMPT, &options("\u{0}"), &mut |_| true)
        .unwrap();
    assert_eq!(next.finish, Finish::Length);
    assert!(first < Duration::from_secs(10), "{first:?}");
}
