use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::messages::Messages;
use crate::paths::Paths;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("my/config.toml"), text)
}

fn complaint(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

fn shipped() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config.toml")).unwrap()
}

/// The keys the reader knows in a table, as its complaint about one it doesn't know names them.
fn known_keys(table: &str) -> Vec<&'static str> {
    let header = if table.is_empty() {
        ""
    } else {
        &format!("[{table}]")
    };
    match parse(&format!("{header}\nzzz = 1")) {
        Err(ConfigError::UnknownKey { known, .. }) => known,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_documented_file_holds_the_defaults() {
    let mut read = parse(&shipped()).unwrap();
    assert_eq!(read.file.take(), Some("my/config.toml".into()));
    assert_eq!(read, Config::default());
    assert_eq!(parse("").unwrap().interview, Config::default().interview);
}

#[test]
fn the_documented_file_holds_every_key_and_a_comment_above_each() {
    let table: toml::Table = shipped().parse().unwrap();
    let sorted = |mut keys: Vec<String>| {
        keys.sort();
        keys
    };
    let known = |table| sorted(known_keys(table).into_iter().map(str::to_owned).collect());
    assert_eq!(sorted(table.keys().cloned().collect()), known(""));
    for (name, value) in &table {
        if let Some(inner) = value.as_table() {
            assert_eq!(sorted(inner.keys().cloned().collect()), known(name));
        }
    }
    let text = shipped();
    let lines: Vec<_> = text.lines().collect();
    for pair in lines.windows(2).filter(|pair| pair[1].contains(" = ")) {
        if !pair[1].starts_with('#') {
            assert!(pair[0].starts_with("# "), "{}", pair[1]);
        }
    }
}

#[test]
fn values_are_taken_over_and_paths_start_at_the_file() {
    let config = parse(
        r#"
        lang = "en"
        ui = { theme = "dark", motion = false, mouse = true, face = "text" }
        [interview]
        max_failures = 0xA
        pack = "packs/mine"
        writer = " kanana "
        [models]
        dir = "/opt/models"
        [llm]
        endpoint = "http://localhost:8000/v1"
        model = "kanana"
        "#,
    )
    .unwrap();
    assert_eq!(config.lang, Some(Lang::En));
    assert_eq!(config.language(), Lang::En);
    assert_eq!(config.ui.theme, Theme::Dark);
    assert!(config.ui.mouse && !config.ui.motion);
    assert_eq!(config.ui.face, FaceStyle::Text);
    assert_eq!(config.interview.max_failures, 10);
    assert_eq!(config.interview.pack, Some(PathBuf::from("my/packs/mine")));
    assert_eq!(config.writer(), "kanana");
    let endpoint = config.llm.endpoint.as_deref();
    assert_eq!(endpoint, Some("http://localhost:8000/v1"));
    assert_eq!(config.models.dir, Some(PathBuf::from("/opt/models")));
}

#[test]
fn an_unknown_key_is_named_with_those_that_are_known() {
    assert_eq!(
        complaint("\n[ui]\ntheme = \"dark\"\ncolour = 1\n"),
        "my/config.toml, line 4: there is no key `ui.colour`; use one of theme, motion, mouse, face, or delete it."
    );
    assert!(complaint("[lm]\nendpoint = \"x\"").contains("line 1: there is no key `lm`"));
    assert!(complaint("\"\\u001b[31m\" = 1").contains(r"`\u{1b}[31m`"));
}

#[test]
fn wrong_values_are_shown_with_what_would_be_right() {
    let cases = [
        (
            "[interview]\nmax_failures = 0",
            "line 2: `interview.max_failures` can't be 0; give a whole number from 1 to 10.",
        ),
        (
            "[interview]\nmax_failures = -3",
            "can't be -3; give a whole number",
        ),
        (
            "[interview]\nmax_failures = 99999999999999999999",
            "can't be 99999999999999999999; give a whole",
        ),
        (
            "[interview]\nmax_failures = \"three\"",
            "can't be \"three\"; give a whole",
        ),
        (
            "[llm]\nendpoint = \"localhost:8000\"",
            "`llm.endpoint` can't be \"localhost:8000\"; give an address in quotes",
        ),
        (
            "[interview]\npack = 3",
            "`interview.pack` can't be 3; give a text in quotes.",
        ),
        (
            "[ui]\nmotion = \"yes\"",
            "`ui.motion` can't be \"yes\"; give true or false.",
        ),
        (
            "lang = \"fr\"",
            "line 1: `lang` can't be \"fr\"; give one of \"auto\", \"ko\", \"en\".",
        ),
        (
            "ui = 3",
            "`ui` can't be 3; give a table: [ui] on a line of its own",
        ),
        (
            "[[ui]]\nmotion = true",
            "`ui` can't be [[ui]]; give a table",
        ),
    ];
    for (text, expected) in cases {
        let complaint = complaint(text);
        assert!(complaint.contains(expected), "{text}: {complaint}");
        assert_eq!(complaint.lines().count(), 1, "{complaint}");
    }
}

#[test]
fn what_is_not_toml_is_shown_by_line() {
    let complaint = complaint("lang = \"ko\"\n[ui\n");
    assert!(
        complaint.starts_with("my/config.toml, line 2: this is not TOML"),
        "{complaint}"
    );
    assert!(parse("lang = \"ko\"\nlang = \"en\"").is_err());
    assert!(
        parse("\u{feff}lang = \"ko\"\r\n").is_ok(),
        "as Windows editors write it"
    );
}

#[test]
fn complaints_speak_korean_too() {
    let error = parse("[ui]\ntheme = \"blue\"").unwrap_err();
    assert_eq!(
        error.explain(&Messages::new(Lang::Ko)),
        "my/config.toml 2번째 줄: `ui.theme` 값으로 \"blue\", 이건 쓸 수 없어요. \"auto\", \"light\", \"dark\" 중 하나를 적어 주세요."
    );
}

#[test]
fn the_file_asked_for_must_be_there_and_the_others_need_not() {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths {
        config: folder.path().join("config"),
        data: folder.path().join("data"),
        profile: folder.path().join("data"),
        cache: folder.path().join("cache"),
    };
    let asked = folder.path().join("mine.toml");
    let missing = Config::load(Some(&asked), &paths).unwrap_err().to_string();
    assert!(
        missing.contains("mine.toml") && missing.contains("--config"),
        "{missing}"
    );

    fs::write(&asked, b"# caf\xe9\nlang = \"ko\"").unwrap();
    let latin = Config::load(Some(&asked), &paths).unwrap_err().to_string();
    assert!(latin.contains("line 1: this is not UTF-8"), "{latin}");

    fs::write(&asked, "lang = \"ko\"").unwrap();
    let config = Config::load(Some(&asked), &paths).unwrap();
    assert_eq!((config.lang, config.file), (Some(Lang::Ko), Some(asked)));
}

#[test]
fn the_first_file_that_is_there_wins() {
    let folder = tempfile::tempdir().unwrap();
    let candidates = [
        folder.path().join("here.toml"),
        folder.path().join("user.toml"),
    ];
    assert_eq!(Config::first_of(&candidates).unwrap(), Config::default());
    fs::write(&candidates[1], "lang = \"en\"").unwrap();
    assert_eq!(Config::first_of(&candidates).unwrap().lang, Some(Lang::En));
    fs::write(&candidates[0], "[ui]\nmouse = true").unwrap();
    let config = Config::first_of(&candidates).unwrap();
    assert_eq!(
        (config.lang, config.ui.mouse),
        (None, true),
        "files are not mixed"
    );
}

#[test]
fn whoever_names_a_server_lets_it_speak() {
    let writer = |text: &str| parse(text).unwrap().writer().to_owned();
    assert_eq!(writer(""), "authored");
    assert_eq!(writer("[llm]\nendpoint = \"\""), "authored");
    let served = "[llm]\nendpoint = \"https://llm.example/v1\"\n";
    assert_eq!(writer(served), "interviewer");
    assert_eq!(writer(&format!("{served}model = \"kanana\"")), "kanana");
    let set = format!("{served}[interview]\nwriter = \"authored\"");
    assert_eq!(writer(&set), "authored");
}
