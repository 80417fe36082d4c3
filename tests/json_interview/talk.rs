//! The other end of `ohlora interview --json`: lines in, events out.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

/// A judged turn on a busy machine, with every example of its topic still to be embedded.
const PATIENCE: Duration = Duration::from_secs(120);

/// An interview that is being held.
pub struct Talk {
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<String>,
}

/// What one message brought: how it was judged, and what was said then.
pub struct Turn {
    pub judged: Value,
    pub reply: Value,
}

impl Talk {
    /// Starts the program; nothing has been said yet.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            input: child.stdin.take(),
            child,
            output,
        }
    }

    /// The next line as it stands; none at the end of the output.
    pub fn line(&self) -> Option<String> {
        use std::sync::mpsc::RecvTimeoutError::{Disconnected, Timeout};
        match self.output.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(Disconnected) => None,
            Err(Timeout) => panic!("the program says nothing"),
        }
    }

    /// The next event.
    pub fn event(&self) -> Value {
        let line = self.line().expect("an event, not the end of the output");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line}"))
    }

    /// The next event, which is of this kind.
    pub fn expect(&self, kind: &str) -> Value {
        let event = self.event();
        assert_eq!(event["event"], kind, "{event}");
        event
    }

    /// Sends raw bytes as a line.
    pub fn send(&mut self, line: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(line).unwrap();
        input.write_all(b"\n").unwrap();
        input.flush().unwrap();
    }

    /// One message, which brings one `judged`, then one `question` or `end`.
    pub fn say(&mut self, message: impl AsRef<[u8]>) -> Turn {
        self.send(message.as_ref());
        let judged = self.expect("judged");
        let reply = self.event();
        let kind = reply["event"].as_str().unwrap();
        assert!(matches!(kind, "question" | "end"), "{reply}");
        Turn { judged, reply }
    }

    /// Ends the input; the interview answers with its end, and the program is content.
    pub fn hang_up(mut self) -> Value {
        self.input = None;
        let end = self.expect("end");
        self.ends_well();
        end
    }

    /// The program has nothing more to say, and exits with 0.
    pub fn ends_well(mut self) {
        assert_eq!(self.line(), None);
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }

    /// SIGKILL, from one moment to the next.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
