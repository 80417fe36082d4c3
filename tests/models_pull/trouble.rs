//! Broken connections, wrong bytes, full disks, Ctrl+C: what is kept, and how it goes on.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::hub::Faults;
use crate::place::{Place, bytes, sentence};

const CUT: usize = 100_000;

/// The offsets from which the weights were asked for.
fn offsets(place: &Place) -> Vec<usize> {
    let prefix = "GET /cdn/owner/writer/model.safetensors";
    let log = place.hub.log();
    let asked = log.iter().filter_map(|line| line.strip_prefix(prefix));
    asked
        .map(|rest| {
            rest.strip_prefix(" from ")
                .map_or(0, |from| from.parse().unwrap())
        })
        .collect()
}

#[test]
fn a_cut_connection_is_taken_up_where_it_broke() {
    let place = Place::new();
    place.hub.fail(Faults {
        cuts: 2,
        cut_after: CUT,
        ..Faults::default()
    });
    place.pull();
    assert_eq!(offsets(&place), [0, CUT, 2 * CUT]);
}

#[test]
fn a_connection_that_stays_broken_leaves_a_part_to_go_on_from() {
    let place = Place::new();
    // One piece has arrived; now nothing does.
    fs::create_dir_all(place.part().parent().unwrap()).unwrap();
    fs::write(place.part(), &bytes(1, 300_000)[..CUT]).unwrap();
    place.hub.fail(Faults {
        cuts: usize::MAX,
        cut_after: 0,
        ..Faults::default()
    });
    let said = place.refuse(1);
    assert!(
        said.contains("connection broke") && said.contains("same command"),
        "{said}"
    );
    assert_eq!(fs::metadata(place.part()).unwrap().len(), CUT as u64);

    place.hub.log();
    place.hub.fail(Faults::default());
    place.pull();
    assert_eq!(offsets(&place), [CUT]);
}

#[test]
fn wrong_bytes_are_thrown_away() {
    for file in ["model.safetensors", "config.json"] {
        let place = Place::new();
        place.hub.fail(Faults {
            wrong: Some(file),
            ..Faults::default()
        });
        let said = place.refuse(1);
        assert!(
            said.contains(file) && said.contains("not the file"),
            "{said}"
        );
        assert!(!place.part().exists());
        place.hub.fail(Faults::default());
        place.pull();
    }
}

#[test]
fn a_part_that_went_bad_is_fetched_from_the_start() {
    let place = Place::new();
    fs::create_dir_all(place.part().parent().unwrap()).unwrap();
    fs::write(place.part(), vec![0; CUT]).unwrap();
    place.pull();
    assert_eq!(offsets(&place), [CUT, 0]);
}

#[test]
fn a_hub_that_sends_everything_again_is_put_up_with() {
    let place = Place::new();
    place.hub.fail(Faults {
        cuts: 1,
        cut_after: CUT,
        no_ranges: true,
        ..Faults::default()
    });
    place.pull();
    assert_eq!(offsets(&place), [0, CUT, 0]);
}

#[cfg(unix)]
#[test]
fn a_full_disk_stops_it_and_it_goes_on_when_there_is_room() {
    let place = Place::new();
    let command = place.command(&["pull", "writer", "--yes"]);
    // The limit is counted in blocks of 512 or 1024 bytes; both are less than the file.
    let limited = "trap '' XFSZ; ulimit -f 200; exec \"$0\" \"$@\"";
    let mut shell = Command::new("sh");
    shell
        .args(["-c", limited])
        .arg(command.get_program())
        .args(command.get_args());
    shell.env_clear().current_dir(place.home.path());
    for (name, value) in command.get_envs() {
        shell.env(name, value.unwrap());
    }
    let output = shell.stdin(Stdio::null()).output().unwrap();
    let said = sentence(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("full") && said.contains("model.safetensors"),
        "{said}"
    );
    let kept = fs::metadata(place.part()).unwrap().len();
    assert!(kept >= 512 * 200, "{kept}");
    place.hub.log();
    place.pull();
    assert_eq!(offsets(&place), [usize::try_from(kept).unwrap()]);
}

#[test]
fn what_does_not_fit_is_not_begun() {
    let place = Place::new();
    place.hub.fail(Faults {
        size: Some(("model.safetensors", 1 << 60)),
        ..Faults::default()
    });
    let said = place.refuse(1);
    assert!(said.contains("free") && said.contains("needed"), "{said}");
    assert!(place.hub.log().iter().all(|line| !line.contains("cdn")));
}

#[test]
fn a_hub_that_is_not_there_is_named() {
    let mut place = Place::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    place.hub.address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let said = place.refuse(1);
    assert!(
        said.contains(&place.hub.address) && said.contains("HF_ENDPOINT"),
        "{said}"
    );
    place.hub.address = "nonsense".to_owned();
    let said = place.refuse(2);
    assert!(said.contains("HF_ENDPOINT"), "{said}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_what_has_arrived_and_others_wait_their_turn() {
    let place = Place::new();
    place.hub.fail(Faults {
        stall_after: Some(CUT),
        ..Faults::default()
    });
    let child = place.command(&["pull", "writer", "--yes"]).spawn().unwrap();
    wait_for(&place.part(), CUT as u64, &child);

    let output = place.run(&["pull", "writer", "--yes"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(sentence(&output).contains("Another"), "{output:?}");

    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(sentence(&output).contains("Stopped"), "{output:?}");
    assert_eq!(place.list("writer")["state"], "not_pulled");

    place.hub.log();
    place.hub.fail(Faults::default());
    place.pull();
    assert_eq!(offsets(&place), [CUT]);
}

#[test]
fn what_an_unfinished_download_left_can_be_removed() {
    let place = Place::new();
    place.hub.fail(Faults {
        cuts: 1,
        cut_after: CUT,
        wrong: Some("tokenizer.json"),
        ..Faults::default()
    });
    place.refuse(1);
    assert!(place.models().join(".pulling").exists());
    let output = place.run(&["rm", "writer", "--yes"]);
    assert!(output.status.success(), "{output:?}");
    assert!(!place.models().join(".pulling").exists());
    let output = place.run(&["rm", "writer", "--yes"]);
    assert_eq!(output.status.code(), Some(2));
}

#[cfg(unix)]
fn wait_for(path: &Path, length: u64, child: &Child) {
    let begun = Instant::now();
    while fs::metadata(path).map_or(0, |found| found.len()) < length {
        assert!(begun.elapsed() < Duration::from_secs(30), "{}", child.id());
        sleep(Duration::from_millis(20));
    }
}
