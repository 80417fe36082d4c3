//! On a terminal the licences are shown and a question is asked.

use std::io::{Read, Write};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use crate::place::Place;

/// Runs `ohlora models` in a terminal and answers its question. Returns what was shown, and whether
/// it ended well.
fn answered(place: &Place, args: &[&str], answer: &str) -> (String, bool) {
    let pair = native_pty_system().openpty(PtySize::default()).unwrap();
    let command = place.command(args);
    let mut inside = CommandBuilder::new(command.get_program());
    inside.env_clear();
    for (name, value) in command.get_envs() {
        inside.env(name, value.unwrap());
    }
    inside.args(command.get_args());
    inside.cwd(place.home.path());
    let mut child = pair.slave.spawn_command(inside).unwrap();
    drop(pair.slave);

    let mut reader = pair.master.try_clone_reader().unwrap();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        // A terminal whose program has ended is an error to read from on some systems.
        while let Ok(read @ 1..) = reader.read(&mut buffer) {
            if sender.send(buffer[..read].to_vec()).is_err() {
                break;
            }
        }
    });
    let mut shown = Vec::new();
    while !String::from_utf8_lossy(&shown).contains("[y/N]") {
        shown.extend(receiver.recv_timeout(Duration::from_secs(30)).unwrap());
    }
    let mut writer = pair.master.take_writer().unwrap();
    writer.write_all(format!("{answer}\r").as_bytes()).unwrap();
    writer.flush().unwrap();
    let ended = child.wait().unwrap();
    drop(writer);
    drop(pair.master);
    shown.extend(receiver.iter().flatten());
    (
        String::from_utf8_lossy(&shown).into_owned(),
        ended.success(),
    )
}

#[test]
fn the_answer_decides() {
    let place = Place::new();
    let (shown, well) = answered(&place, &["pull", "writer"], "n");
    assert!(well && shown.contains("Nothing was downloaded"), "{shown}");
    assert!(shown.contains("Licence: apache-2.0"), "{shown}");
    assert!(!place.models().join("writer").exists());

    let (shown, well) = answered(&place, &["pull", "writer"], "네");
    assert!(well && shown.contains("writer is here"), "{shown}");
    assert_eq!(place.list("writer")["state"], "pulled");

    let (shown, well) = answered(&place, &["rm", "writer"], "y");
    assert!(well && shown.contains("Removed: writer"), "{shown}");
}
