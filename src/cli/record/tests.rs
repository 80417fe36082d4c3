use clap::Parser;
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::interview::{EndReason, Outcome};
use crate::store::DisputeRecord;
use crate::store::sample::{at, hold, turn};

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    record: RecordArgs,
}

fn args(line: &str) -> Result<RecordArgs, clap::Error> {
    let words = std::iter::once("record").chain(line.split_whitespace());
    Cli::try_parse_from(words).map(|cli| cli.record)
}

/// Runs a command as typed, with what is typed after it.
fn run_with(store: &mut Store, line: &str, typed: &str, lang: Lang) -> (String, u8) {
    let messages = Messages::new(lang);
    let mut output = Vec::new();
    let mut terminal = Terminal {
        input: &mut typed.as_bytes(),
        output: &mut output,
        zone: TimeZone::fixed(jiff::tz::offset(9)),
    };
    let done = run(&args(line).unwrap(), store, &messages, &mut terminal);
    let mut text = String::from_utf8(output).unwrap();
    let code = match done {
        Ok(()) => 0,
        Err(error) => {
            text += &error.explain(&messages);
            error.exit_code()
        }
    };
    (text, code)
}

fn korean(store: &mut Store, line: &str) -> String {
    let (text, code) = run_with(store, line, "", Lang::Ko);
    assert_eq!(code, 0, "{text}");
    text
}

/// An interview with a pass, a misconception and a dispute, and one that is still going on.
fn two_interviews() -> (TempDir, Store) {
    let profile = tempfile::tempdir().unwrap();
    let mut store = Store::open(profile.path(), at(0)).unwrap();
    let id = hold(&mut store, 1);
    let mut wrong = turn(2, "둘은 *같은* 말이야\n\u{1b}[31m아마");
    wrong.verdict.outcome = Outcome::Misconception;
    wrong.verdict.labels.clear();
    wrong.verdict.misconceptions = vec!["같은 말이다".into()];
    wrong.verdict.coaching = None;
    store.record_turn(id, &wrong, &json!(2)).unwrap();
    let dispute = DisputeRecord {
        turn: 2,
        at: at(2),
        topic: wrong.topic,
        label: "머신러닝".into(),
        message: wrong.message,
    };
    store.record_dispute(id, &dispute, &json!(3)).unwrap();
    store
        .end_interview(id, at(40), EndReason::Finished)
        .unwrap();
    hold(&mut store, 12);
    (profile, store)
}

#[test]
fn the_list_is_a_table_of_even_columns() {
    let (_profile, mut store) = two_interviews();
    insta::assert_snapshot!(korean(&mut store, "list"), @r"
    번호  시작              면접           답변  얻은 항목  상태
       1  2026-11-20 17:30  머신러닝 면접     2          1  끝까지 마침
       2  2026-11-20 17:30  머신러닝 면접    12         12  이어서 할 수 있음
    ");
    let (english, _) = run_with(&mut store, "list", "", Lang::En);
    insta::assert_snapshot!(english, @r"
    ID  Started           Interview      Answers  Earned  State
     1  2026-11-20 17:30  머신러닝 면접        2       1  finished
     2  2026-11-20 17:30  머신러닝 면접       12      12  can be resumed
    ");
}

#[test]
fn an_empty_record_says_so() {
    let profile = tempfile::tempdir().unwrap();
    let mut store = Store::open(profile.path(), at(0)).unwrap();
    assert_eq!(korean(&mut store, "list"), "아직 기록된 면접이 없어요.\n");
}

#[test]
fn an_interview_is_shown_with_its_verdicts() {
    let (_profile, mut store) = two_interviews();
    insta::assert_snapshot!(korean(&mut store, "show 1"), @r"
    1번 면접 · 머신러닝 면접 · 2026-11-20 17:30 · 끝까지 마침

    오로라  안녕! 면접 시작할까?

    나      사람처럼 생각하는 기술
            맞음 97% · 인공지능
            남은 답변: 머신러닝, 딥러닝
            조언: 자신 있게 말해 봐

    오로라  좋아. 그럼 머신러닝은?

    나      둘은 *같은* 말이야
            [31m아마
            오개념 97%
            오개념: 같은 말이다
            남은 답변: 머신러닝, 딥러닝
            이의 제기: 머신러닝

    오로라  좋아. 그럼 머신러닝은?
    ");
}

#[test]
fn markdown_holds_the_same_and_means_nothing_else() {
    let (_profile, mut store) = two_interviews();
    insta::assert_snapshot!(korean(&mut store, "export 1"), @r"
    # 머신러닝 면접 (2026-11-20 17:30)

    1번 면접 · 끝까지 마침 · 답변 2개, 얻은 항목 1개

    **오로라** 안녕! 면접 시작할까?

    ## 1. 인공지능, 머신러닝, 딥러닝 차이

    > 사람처럼 생각하는 기술

    - **맞음 97% · 인공지능**
    - 남은 답변: 머신러닝, 딥러닝
    - 조언: 자신 있게 말해 봐

    **오로라** 좋아. 그럼 머신러닝은?

    ## 2. 인공지능, 머신러닝, 딥러닝 차이

    > 둘은 \*같은\* 말이야  
    > \[31m아마

    - **오개념 97%**
    - 오개념: 같은 말이다
    - 남은 답변: 머신러닝, 딥러닝
    - 이의 제기: 머신러닝

    **오로라** 좋아. 그럼 머신러닝은?
    ");
}

#[test]
fn json_holds_every_interview_in_full() {
    let (_profile, mut store) = two_interviews();
    let all: serde_json::Value =
        serde_json::from_str(&korean(&mut store, "export --format json")).unwrap();
    assert_eq!(all["format_version"], 1);
    assert_eq!(all["interviews"].as_array().unwrap().len(), 2);
    let first = &all["interviews"][0];
    assert_eq!(first["started"], "2026-11-20T08:30:00Z");
    assert_eq!(first["seed"], u64::MAX);
    assert_eq!(first["end"]["reason"], "finished");
    assert_eq!(
        first["transcript"][0]["reply"]["text"],
        "안녕! 면접 시작할까?"
    );
    assert_eq!(first["transcript"][1]["verdict"]["labels"][0], "인공지능");
    assert_eq!(
        first["transcript"][2]["message"],
        "둘은 *같은* 말이야\n\u{1b}[31m아마"
    );
    assert_eq!(first["disputes"][0]["label"], "머신러닝");
    assert!(all["interviews"][1]["end"].is_null());
}

#[test]
fn an_export_goes_to_a_file_when_one_is_named() {
    let (profile, mut store) = two_interviews();
    let file = profile.path().join("me.md");
    let said = korean(&mut store, &format!("export --out {}", file.display()));
    assert!(said.contains("me.md"));
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.matches("\n# ").count() + 1, 2, "both interviews");

    let (text, code) = run_with(&mut store, "export --out /no/such/folder/x", "", Lang::En);
    assert_eq!(code, 1);
    assert!(text.contains("create its folder first"), "{text}");
}

#[test]
fn erasing_asks_first() {
    let (_profile, mut store) = two_interviews();
    for (typed, answer) in [("n\n", "지우지 않았어요"), ("\n", "지우지 않았어요")] {
        let (text, code) = run_with(&mut store, "erase 1", typed, Lang::Ko);
        assert!(text.contains("1번 면접을 완전히 지울까요?"), "{text}");
        assert!(text.contains(answer) && code == 0, "{text}");
    }
    let (text, code) = run_with(&mut store, "erase 1", "", Lang::En);
    assert!(
        text.contains("--yes") && code == 2,
        "nobody is there to answer: {text}"
    );
    assert_eq!(store.interviews().unwrap().len(), 2);

    let (text, code) = run_with(&mut store, "erase 1", "네\n", Lang::Ko);
    assert!(text.contains("면접 1개를 지웠어요") && code == 0, "{text}");
    assert_eq!(
        korean(&mut store, "erase --all --yes"),
        "면접 1개를 지웠어요.\n"
    );
    assert!(store.interviews().unwrap().is_empty());
}

#[test]
fn erasing_all_names_the_damaged_files_it_leaves() {
    let (profile, mut store) = two_interviews();
    std::fs::write(
        profile.path().join("ohlora.db.damaged-20250101T000000Z"),
        "",
    )
    .unwrap();
    let said = korean(&mut store, "erase --all --yes");
    assert!(said.contains("damaged-20250101T000000Z"), "{said}");
}

#[test]
fn a_number_that_is_not_there_is_wrong_usage() {
    let (_profile, mut store) = two_interviews();
    for line in ["show 9", "export 9", "erase 9 --yes"] {
        let (text, code) = run_with(&mut store, line, "", Lang::En);
        assert_eq!(code, 2);
        assert!(text.contains("no interview 9"), "{text}");
    }
}

#[test]
fn wrong_usage_is_refused_by_the_parser() {
    for line in [
        "erase",
        "erase 1 --all",
        "show",
        "show 0",
        "show x",
        "export --format pdf",
        "",
    ] {
        assert!(args(line).is_err(), "{line}");
    }
}

#[test]
fn a_reader_that_stops_early_is_no_failure() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (_profile, mut store) = two_interviews();
    for line in ["list", "show 1", "export --format json"] {
        let mut terminal = Terminal {
            input: &mut io::empty(),
            output: &mut Closed,
            zone: TimeZone::UTC,
        };
        let messages = Messages::new(Lang::Ko);
        run(&args(line).unwrap(), &mut store, &messages, &mut terminal).unwrap();
    }
}
