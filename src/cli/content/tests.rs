//! The instructor's day: start, check, look, count, listen.

use std::path::Path;

use clap::Parser;
use insta::assert_snapshot;

use super::*;
use crate::content::testing::{EMBEDDED, TOPIC, write_pack};
use crate::messages::Lang;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    content: ContentArgs,
}

/// Runs a command line; `DIR` stands for a folder. Gives the output with the folder's name taken
/// out again, and the exit code.
fn ohlora(line: &[&str], dir: &Path, disputes: Vec<DisputeRow>) -> (String, ExitCode) {
    let messages = Messages::new(Lang::En);
    let path = dir.display().to_string();
    let words = line.iter().map(|word| word.replace("DIR", &path));
    let cli = Cli::parse_from(std::iter::once("content".to_owned()).chain(words));
    let mut out = Vec::new();
    let context = Context {
        messages: &messages,
        search: &[],
        embedded: EMBEDDED,
        companion: None,
        token_len: None,
        disputes: &mut disputes.into_iter(),
        colour: false,
    };
    let result = run(cli.content, context, &mut out);
    let mut text = String::from_utf8(out).unwrap();
    let code = result.unwrap_or_else(|error| {
        text.push_str(&error.to_string());
        error.exit_code()
    });
    (text.replace(&path, "DIR"), code)
}

fn content(line: &[&str], dir: &Path) -> (String, ExitCode) {
    ohlora(line, dir, Vec::new())
}

fn bad_input() -> ExitCode {
    ExitCode::from(2)
}

#[test]
fn a_sound_pack_checks_out() {
    let dir = tempfile::tempdir().unwrap();
    write_pack(dir.path());
    let (text, code) = content(&["check", "DIR"], dir.path());
    assert_eq!(
        (text.as_str(), code),
        ("no problems found\n", ExitCode::SUCCESS)
    );
    // Without a folder it is the embedded pack that is checked.
    let (text, _) = content(&["check"], dir.path());
    assert_eq!(text, "no problems found\n");
}

#[test]
fn check_counts_and_fails_on_errors() {
    let dir = tempfile::tempdir().unwrap();
    write_pack(dir.path());
    let broken = TOPIC.replace("hint =", "hnit =");
    std::fs::write(dir.path().join("topics/01-lora.toml"), broken).unwrap();
    let (text, code) = content(&["check", "DIR"], dir.path());
    assert_eq!(code, ExitCode::FAILURE);
    assert_snapshot!(text, @"
    DIR/topics/01-lora.toml:13:1: error: answer[0].hnit: there is no field 'hnit' — write 'hint' if you meant that, or remove the line; known here: 'examples', 'hint', 'key_point', 'label', 'model_answer', 'praise', 'questions', 'variant'
    errors: 1, warnings: 0
    ");
    assert_snapshot!(content(&["check", "DIR", "--json"], dir.path()).0, @r#"
    {"column":1,"field":"answer[0].hnit","file":"DIR/topics/01-lora.toml","line":13,"message":"there is no field 'hnit'","remedy":"write 'hint' if you meant that, or remove the line; known here: 'examples', 'hint', 'key_point', 'label', 'model_answer', 'praise', 'questions', 'variant'","rule":"unknown_field","severity":"error"}
    {"errors":1,"warnings":0}
    "#);
}

#[test]
fn a_folder_that_is_not_there_is_wrong_usage() {
    let dir = Path::new("no/such/pack");
    for command in ["check", "preview", "stats", "disputes"] {
        let (text, code) = content(&[command, "DIR"], dir);
        assert_eq!(code, bad_input(), "{command}: {text}");
        assert!(text.contains("DIR"), "{command}: {text}");
    }
}

#[test]
fn only_a_terminal_gets_colours() {
    let dir = tempfile::tempdir().unwrap();
    let messages = Messages::new(Lang::Ko);
    for colour in [false, true] {
        let context = Context {
            messages: &messages,
            search: &[],
            embedded: EMBEDDED,
            companion: None,
            token_len: None,
            disputes: &mut std::iter::empty(),
            colour,
        };
        let dir = Some(dir.path().to_owned());
        let command = ContentCommand::Check { dir, json: false };
        let mut out = Vec::new();
        run(ContentArgs { command }, context, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.contains("\u{1b}[1;31m오류\u{1b}[0m"), colour, "{text}");
    }
}

#[test]
fn a_new_pack_has_warnings_only_and_so_has_a_topic_added_to_it() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("Deep Learning");
    let (text, code) = content(&["new", "DIR", "--title", "Batch \"Norm\""], &dir);
    assert_eq!(code, ExitCode::SUCCESS);
    assert_snapshot!(text, @"
    DIR/intents.toml
    DIR/topics/01-greeting.toml
    DIR/topics/02-batch-norm.toml
    DIR/eval/02-batch-norm.toml
    DIR/pack.toml
    Fill in what is marked TODO, then run `ohlora content check DIR`.
    ");
    let (text, code) = content(&["check", "DIR"], &dir);
    assert_eq!(code, ExitCode::SUCCESS, "{text}");

    let (text, code) = content(&["new", "DIR", "--title", "드롭아웃"], &dir);
    assert_eq!(code, ExitCode::SUCCESS);
    assert_snapshot!(text, @"
    DIR/topics/03-topic.toml
    DIR/eval/03-topic.toml
    DIR/pack.toml
    Fill in what is marked TODO, let the [[next]] of a topic before it lead to '드롭아웃', then run `ohlora content check DIR`.
    ");
    let (text, code) = content(&["check", "DIR"], &dir);
    assert_eq!(code, ExitCode::SUCCESS, "{text}");
    assert!(text.contains("no topic leads to '드롭아웃'"), "{text}");

    let (text, code) = content(&["new", "DIR", "--title", "드롭아웃"], &dir);
    assert_eq!(code, bad_input());
    assert_snapshot!(text, @"'드롭아웃' is already taken in this pack: choose another title");
    assert_eq!(
        content(&["new", "DIR", "--title", " "], &dir).1,
        bad_input()
    );
}

#[test]
fn a_title_may_hold_anything_but_a_name_that_is_taken() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("pack");
    for taken in ["면접 종료", "면접 시작 인사"] {
        assert_eq!(
            content(&["new", "DIR", "--title", taken], &dir).1,
            bad_input()
        );
    }
    for title in ["{end} \\ ' \" # 둘", "{what}", "\u{1b}[2J줄\n바꿈"] {
        let (text, code) = content(&["new", "DIR", "--title", title], &dir);
        assert_eq!(code, ExitCode::SUCCESS, "{text}");
        let (text, code) = content(&["check", "DIR"], &dir);
        assert_eq!(code, ExitCode::SUCCESS, "{text}");
    }
}

#[test]
fn a_file_that_is_there_is_never_overwritten() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("pack");
    content(&["new", "DIR", "--title", "LoRA"], &dir);
    std::fs::write(dir.join("topics/03-mse.toml"), "mine").unwrap();
    let (text, _) = content(&["new", "DIR", "--title", "MSE"], &dir);
    assert!(text.contains("topics/04-mse.toml"), "{text}");
    assert_eq!(
        std::fs::read_to_string(dir.join("topics/03-mse.toml")).unwrap(),
        "mine"
    );

    std::fs::remove_file(dir.join("pack.toml")).unwrap();
    let (text, code) = content(&["new", "DIR", "--title", "BCE"], &dir);
    assert_eq!(code, ExitCode::FAILURE);
    assert!(text.contains("DIR/intents.toml"), "{text}");
}

#[test]
fn a_topic_is_listed_without_disturbing_the_rest_of_the_file() {
    let list = |pack: &str| new::list_topic(pack, "02-b");
    assert_eq!(list("topics = []"), "topics = [\"02-b\"]");
    assert_eq!(
        list("topics = [\"a\"] # 순서"),
        "topics = [\"a\", \"02-b\"] # 순서"
    );
    assert_eq!(
        list("\u{feff}topics = [\n  \"a\", # 첫째\n]\nend = \"끝\""),
        "\u{feff}topics = [\n  \"a\",\n  \"02-b\", # 첫째\n]\nend = \"끝\""
    );
}

#[test]
fn preview_shows_a_topic_as_a_learner_meets_it() {
    let dir = tempfile::tempdir().unwrap();
    write_pack(dir.path());
    assert_snapshot!(content(&["preview", "DIR"], dir.path()).0, @"
    ── 1/1 · LoRA ──
    Aurora asks: LoRA가 뭐야?
    or: LoRA를 한마디로 설명해 줘!
    or: LoRA는 무엇을 학습하는 방법이야?
    Complete with all of:
      ☐ LoRA
        hint: 작은 행렬 두 개!
        key point: 가중치를 얼리고 저랭크 행렬 두 개만 학습한다.
        model answer: 원래 가중치는 얼리고 저랭크 행렬 두 개의 곱을 더해 그것만 학습합니다.
    Wrong idea: 원래 가중치를 학습
        correction: 원래 가중치는 얼려 둬!
    Wrong idea: 양자화
        correction: 그건 QLoRA에서 더해지는 거야.
    Then: 면접 종료
    ");
    let by_slug = content(&["preview", "DIR", "--topic", "01-lora"], dir.path());
    assert_eq!(
        by_slug,
        content(&["preview", "DIR", "--topic", "LoRA"], dir.path())
    );
    let (text, code) = content(&["preview", "DIR", "--topic", "BCE"], dir.path());
    assert_eq!(code, bad_input());
    assert!(text.contains("'BCE'"));
}

#[test]
fn stats_count_a_pack() {
    let dir = tempfile::tempdir().unwrap();
    write_pack(dir.path());
    assert_snapshot!(content(&["stats", "DIR"], dir.path()).0, @"
    topic  labels  examples  combined  misconceptions  failures  eval
    LoRA        1         8         0           2 (8)         8     2
    total       1         8         0           2 (8)         8     2
    ");
}

#[test]
fn disputes_are_listed_by_topic_with_the_file_to_mend() {
    let dir = tempfile::tempdir().unwrap();
    write_pack(dir.path());
    let row = |day, topic: &str, message: &str| DisputeRow {
        when: jiff::civil::date(2026, 11, day).at(17, 30, 0, 0),
        topic: topic.to_owned(),
        label: topic.to_owned(),
        message: message.to_owned(),
    };
    let rows = vec![
        row(21, "사라진 주제", "이것도 맞아요"),
        row(20, "LoRA", "저랭크로\n쪼개기\u{1b}[2J"),
        row(19, "LoRA", "행렬 분해"),
    ];
    let (text, _) = ohlora(&["disputes", "DIR"], dir.path(), rows.clone());
    assert_snapshot!(text, @"
    LoRA · LoRA
      2026-11-19 17:30  행렬 분해
      2026-11-20 17:30  저랭크로 쪼개기
      If the learner was right, add the message to the examples in DIR/topics/01-lora.toml.
    사라진 주제 · 사라진 주제
      2026-11-21 17:30  이것도 맞아요
    ");
    let (text, _) = ohlora(&["disputes", "DIR", "--json"], dir.path(), rows);
    assert_snapshot!(text, @r#"
    {"file":"DIR/topics/01-lora.toml","label":"LoRA","message":"행렬 분해","topic":"LoRA","when":"2026-11-19T17:30:00"}
    {"file":"DIR/topics/01-lora.toml","label":"LoRA","message":"저랭크로\n쪼개기","topic":"LoRA","when":"2026-11-20T17:30:00"}
    {"file":null,"label":"사라진 주제","message":"이것도 맞아요","topic":"사라진 주제","when":"2026-11-21T17:30:00"}
    "#);
    assert_snapshot!(content(&["disputes", "DIR"], dir.path()).0, @"Nobody disputed a verdict.");
}

#[test]
fn pairs_and_schemas_are_written() {
    let dir = tempfile::tempdir().unwrap();
    write_pack(dir.path());
    let (text, _) = content(&["pairs", "DIR", "--eval"], dir.path());
    assert_snapshot!(text, @r#"
    input_part,output_answer,similarity
    LoRA -> 얼린 모델 옆의 작은 행렬만 배우는 방식,LoRA,1.0
    LoRA -> 얼린 모델 옆의 작은 행렬만 배우는 방식,용어 질문,0.0
    LoRA -> 얼린 모델 옆의 작은 행렬만 배우는 방식,답변 실패,0.0
    "LoRA -> 글쎄요, 이름만 알아요",LoRA,0.0
    "LoRA -> 글쎄요, 이름만 알아요",용어 질문,0.0
    "LoRA -> 글쎄요, 이름만 알아요",답변 실패,1.0
    "#);
    let (text, code) = content(&["schema", "DIR/schema"], dir.path());
    assert_eq!(code, ExitCode::SUCCESS);
    assert_eq!(text.lines().count(), 7);
    assert!(dir.path().join("schema/topic.json").is_file());
}

#[test]
fn the_companion_s_pack_is_checked_like_any_other() {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in [
        (
            "ethics/train.csv",
            "type,user_prompt,category\ntrain,안녕,인사\n",
        ),
        ("memory/train.txt", "[취미: 등산] 주말에 뭐 하지\n"),
        ("memory/none.txt", "ㅇㅇ\n"),
    ] {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let (text, code) = content(&["check", "DIR"], dir.path());
    assert!(
        text.starts_with("DIR/ethics/train.csv:2:3: error: category: "),
        "{text}"
    );
    assert_eq!(code, ExitCode::FAILURE);
}
