//! A user's machine and a hub with two small repositories.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::common::Home;
use crate::hub::{Hub, Repository};

const MANIFEST: &str = r#"
format_version = 1
[[model]]
name = "base"
roles = ["base"]
shipped = true
architecture = "bert"
licence = "mit"
bytes = 1
[[model]]
name = "writer"
roles = ["interviewer"]
architecture = "llama"
licence = "stated"
bytes = 350_000
source = { repository = "owner/writer" }
adapter = { repository = "owner/adapter" }
[[model]]
name = "other"
roles = ["memory"]
architecture = "roberta"
licence = "stated"
bytes = 1
source = { repository = "owner/none" }
"#;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/root.pem");

pub struct Place {
    pub home: Home,
    pub hub: Hub,
}

impl Place {
    pub fn new() -> Self {
        let hub = Hub::start();
        hub.put("owner/writer", writer());
        hub.put("owner/adapter", adapter());
        let place = Self {
            home: Home::new(),
            hub,
        };
        fs::create_dir_all(place.models()).unwrap();
        fs::write(place.models().join("manifest.toml"), MANIFEST).unwrap();
        place
    }

    pub fn models(&self) -> PathBuf {
        self.home.path().join("data/ohlora/models")
    }

    /// The part that a download left behind.
    pub fn part(&self) -> PathBuf {
        let staging = "writer@cccccccccccc+aaaaaaaaaaaa";
        let name = format!(".pulling/{staging}/model.safetensors.part");
        self.models().join(name)
    }

    /// `ohlora models …`, to be started.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.home.ohlora();
        command
            .env("HF_ENDPOINT", &self.hub.address)
            .env("HF_HOME", self.home.path().join("hf"))
            .env("NO_PROXY", "*")
            // Without a root a TLS client is not made, and not every machine has one.
            .env("SSL_CERT_FILE", ROOT)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .arg("models")
            .args(args);
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Pulls the model, which has to work.
    #[track_caller]
    pub fn pull(&self) {
        let output = self.run(&["pull", "writer", "--yes"]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        let pulled = fs::read(self.models().join("writer/model.safetensors")).unwrap();
        assert!(pulled == bytes(1, 300_000));
    }

    /// Pulls the model, which has to fail: with this exit code, and with the sentence returned.
    #[track_caller]
    pub fn refuse(&self, code: i32) -> String {
        let output = self.run(&["pull", "writer", "--yes"]);
        let said = sentence(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(!self.models().join("writer").exists());
        assert_eq!(self.list("writer")["state"], "not_pulled");
        said
    }

    /// A model's line in the list.
    pub fn list(&self, name: &str) -> Value {
        let output = self.run(&["list", "--json"]);
        let text = String::from_utf8(output.stdout).unwrap();
        let mut lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.find(|line| line["name"] == name).unwrap()
    }
}

/// The one line on stderr.
#[track_caller]
pub fn sentence(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

pub fn writer() -> Repository {
    Repository {
        commit: "c".repeat(40),
        card: json!({"license": "apache-2.0"}),
        files: [
            (
                "LICENSE",
                b"\n  Apache License\n\x1b[31mVersion 2.0\n".to_vec(),
            ),
            ("README.md", b"---".to_vec()),
            ("config.json", b"{}".to_vec()),
            ("model.safetensors", bytes(1, 300_000)),
            ("pytorch_model.bin", bytes(3, 100)),
            ("tokenizer.json", b"[]".to_vec()),
        ]
        .into(),
    }
}

fn adapter() -> Repository {
    Repository {
        commit: "a".repeat(40),
        card: json!({"license": "other", "license_name": "my-\u{7}terms"}),
        files: [
            ("adapter_config.json", b"{\"r\":64}".to_vec()),
            ("adapter_model.safetensors", bytes(2, 50_000)),
        ]
        .into(),
    }
}

/// Bytes without a pattern, the same for the same seed.
pub fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}
