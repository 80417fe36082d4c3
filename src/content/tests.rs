//! Loading: a sound pack arrives, a broken one tells everything that is wrong with it.

use std::path::Path;

use insta::assert_snapshot;
use proptest::prelude::*;

use super::source::MAX_FILE_BYTES;
use super::testing::{EVAL, Memory, TOPIC, write_pack};
use super::*;

const TOPIC_FILE: &str = "topics/01-lora.toml";

fn error(source: &dyn Source) -> String {
    load(source).expect_err("the pack is broken").to_string()
}

#[test]
fn a_sound_pack_loads_from_a_folder_and_from_the_binary() {
    let dir = tempfile::tempdir().unwrap();
    write_pack(dir.path());
    let from_folder = load(&Folder(dir.path().to_owned())).unwrap();
    assert_eq!(from_folder, load(&testing::EMBEDDED).unwrap());
    assert_eq!(from_folder.topics[0].title, "LoRA");
}

#[test]
fn held_out_answers_are_loaded_apart() {
    let source = Memory::tiny();
    let pack = load(&source).unwrap();
    let eval = EvalSet::load(&source, &pack).unwrap();
    assert_eq!(eval.topics[0].index, 0);
    let labels: Vec<_> = eval
        .cases()
        .map(|(title, case)| (title, case.labels.len()))
        .collect();
    assert_eq!(labels, [("LoRA", 1), ("LoRA", 0)]);

    let renamed = source.with(eval_file(), EVAL.replace("\"LoRA\"", "\"Lora\""));
    assert_snapshot!(EvalSet::load(&renamed, &pack).unwrap_err(), @"eval/01-lora.toml:3:11: error: case[0].labels[0]: the topic has no label 'Lora' — write 'LoRA' if you meant that; known are 'LoRA'");
}

fn eval_file() -> &'static str {
    "eval/01-lora.toml"
}

#[test]
fn a_pack_without_eval_has_an_empty_set() {
    let mut source = Memory::tiny();
    source.0.remove(eval_file());
    let pack = load(&source).unwrap();
    assert_eq!(EvalSet::load(&source, &pack), Ok(EvalSet::default()));
}

#[test]
fn every_mistake_of_every_file_is_told_at_once() {
    let source = Memory::tiny()
        .edit_topic("key_point", "keypoint")
        .edit_topic("\"question\"", "\"questoin\"")
        .edit_topic("to = \"면접 종료\"\n", "")
        .edit_topic("  \"LoRA가 뭐야?\",", "  1,")
        .edit_topic("title = \"LoRA\"", "title = [\"LoRA\"]\ndifficulty = 300")
        .edit("intents.toml", "skip =", "skipp =");
    assert_snapshot!(error(&source), @"
    intents.toml:1:1: error: skip: the field 'skip' is missing — add 'skip'
    intents.toml:3:1: error: skipp: there is no field 'skipp' — write 'skip' if you meant that, or remove the line; known here: 'chit_chat', 'coaching_hedge', 'dont_know', 'format_version', 'greeting', 'hedge', 'hedge_markers', 'next_question_lead', 'opening', 'pump', 'reactions', 'ready', 'skip', 'term_question'
    topics/01-lora.toml:2:9: error: title: expected string, found array — write a value of type string
    topics/01-lora.toml:3:14: error: difficulty: 300 is out of range — write a number from 1 to 3
    topics/01-lora.toml:4:8: error: kind: 'questoin' is not possible here — write 'question' if you meant that; possible are 'question', 'greeting', 'small_talk', 'rest', 'experience', 'closing'
    topics/01-lora.toml:6:3: error: questions[0]: expected string, found integer — write a value of type string
    topics/01-lora.toml:13:1: error: answer[0].keypoint: there is no field 'keypoint' — write 'key_point' if you meant that, or remove the line; known here: 'examples', 'hint', 'key_point', 'label', 'model_answer', 'praise', 'questions', 'variant'
    topics/01-lora.toml:49:1: error: next[0].to: the field 'to' is missing — add 'to'
    ");
}

#[test]
fn syntax_errors_name_their_line() {
    let source = Memory::tiny()
        .edit_topic("kind = \"question\"", "kind = \"question")
        .edit_topic("[[answer]]", "[[answer]");
    assert_snapshot!(error(&source), @r#"
    topics/01-lora.toml:3:17: error: not TOML: invalid basic string, expected `"` — look for a missing quote, comma or bracket here or just above
    topics/01-lora.toml:10:10: error: not TOML: unclosed array table, expected `]` — look for a missing quote, comma or bracket here or just above
    "#);
}

#[test]
fn raw_control_characters_are_no_toml() {
    let source = Memory::tiny().edit_topic("까먹었다", "\u{1b}[31m까먹었다");
    assert_snapshot!(error(&source), @"topics/01-lora.toml:41:4: error: the text holds control characters or an escape sequence — remove them: they never reach a learner");
}

#[test]
fn a_truncated_file() {
    let end = TOPIC.find("[[next]]").unwrap();
    let source = Memory::tiny().with(TOPIC_FILE, &TOPIC[..end]);
    assert_snapshot!(error(&source), @"topics/01-lora.toml:1:1: error: next: the field 'next' is missing — add 'next'");
    let source = Memory::tiny().with(TOPIC_FILE, "");
    assert_snapshot!(error(&source), @"
    topics/01-lora.toml:1:1: error: format_version: the field 'format_version' is missing — add 'format_version'
    topics/01-lora.toml:1:1: error: title: the field 'title' is missing — add 'title'
    topics/01-lora.toml:1:1: error: kind: the field 'kind' is missing — add 'kind'
    topics/01-lora.toml:1:1: error: questions: the field 'questions' is missing — add 'questions'
    topics/01-lora.toml:1:1: error: answer: the field 'answer' is missing — add 'answer'
    topics/01-lora.toml:1:1: error: next: the field 'next' is missing — add 'next'
    ");
}

#[test]
fn another_format_version_is_all_that_is_said_about_a_file() {
    let source = Memory::tiny()
        .edit_topic("format_version = 1", "format_version = 2\nnew_field = 1")
        .edit("pack.toml", "format_version = 1", "format_version = \"1\"");
    assert_snapshot!(error(&source), @"
    pack.toml:1:18: error: format_version: expected integer, found string — write a value of type integer
    topics/01-lora.toml:1:18: error: format_version: format_version 2 is not known — write format_version = 1, or use the version of ohlora that the file was written for
    ");
}

#[test]
fn a_file_that_is_not_utf8() {
    let mut bytes = TOPIC.as_bytes().to_vec();
    let at = TOPIC.find("뭐야").unwrap();
    bytes[at] = 0xff;
    assert_snapshot!(error(&Memory::tiny().with(TOPIC_FILE, bytes)), @"topics/01-lora.toml:5:10: error: the text is not UTF-8 — save the file in the encoding UTF-8");
}

#[test]
fn a_byte_order_mark_and_windows_lines_are_tolerated() {
    let windows = format!("\u{feff}{}", TOPIC.replace('\n', "\r\n"));
    let pack = load(&Memory::tiny().with(TOPIC_FILE, windows)).unwrap();
    assert_eq!(pack, load(&Memory::tiny()).unwrap());
}

#[test]
fn decomposed_hangul_is_composed() {
    let decomposed = TOPIC.replace("까먹었다", "\u{1101}\u{1161}먹었다");
    let pack = load(&Memory::tiny().with(TOPIC_FILE, decomposed)).unwrap();
    assert_eq!(pack, load(&Memory::tiny()).unwrap());
}

#[test]
fn files_that_are_not_there_or_too_large() {
    let dir = tempfile::tempdir().unwrap();
    write_pack(dir.path());
    std::fs::remove_file(dir.path().join("intents.toml")).unwrap();
    let huge = std::fs::File::create(dir.path().join(TOPIC_FILE)).unwrap();
    huge.set_len(MAX_FILE_BYTES + 1).unwrap();
    let message = error(&Folder(dir.path().to_owned()));
    let shown = message.replace(&dir.path().display().to_string(), "PACK");
    assert_snapshot!(shown, @"
    PACK/intents.toml:1:1: error: the file does not exist — create it, or name another pack; `ohlora content new DIR --title …` writes one to start from
    PACK/topics/01-lora.toml:1:1: error: the file has 4194305 bytes, more than the 4194304 allowed — split it into several topics
    ");
}

#[test]
fn the_list_of_topics_names_plain_files_each_once() {
    let topics = r#"["01-lora", "../../etc/passwd", "01-lora", ""]"#;
    let source = Memory::tiny().edit("pack.toml", r#"["01-lora"]"#, topics);
    assert_snapshot!(error(&source), @"
    pack.toml:5:22: error: topics[1]: '../../etc/passwd' is no file name for a topic — use letters, digits and hyphens, without a folder and without .toml
    pack.toml:5:42: error: topics[2]: the topic '01-lora' is listed twice — remove one of the two entries
    pack.toml:5:53: error: topics[3]: '' is no file name for a topic — use letters, digits and hyphens, without a folder and without .toml
    pack.toml:5:53: error: topics[3]: the text is empty — write something, or remove it
    ");
    let source = Memory::tiny().edit("pack.toml", r#"["01-lora"]"#, "[]");
    assert_snapshot!(error(&source), @"pack.toml:5:10: error: topics: the pack lists no topic — add the slug of a file in topics/");
}

#[test]
fn a_topic_that_is_not_listed_is_no_reason_to_refuse_a_pack() {
    let source = Memory::tiny().with("topics/02-draft.toml", "");
    assert!(load(&source).is_ok());
    let findings = check(&Draft::read(&source), None, None);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].rule, Rule::UnlistedTopic);
}

#[test]
fn what_an_interview_relies_on_is_checked_on_loading() {
    let source = Memory::tiny().edit_topic(r#"to = "면접 종료""#, r#"to = "면접""#);
    assert_snapshot!(error(&source), @"topics/01-lora.toml:49:6: error: next[0].to: no topic has the title '면접' — write '면접 종료' if you meant that, or add a topic with this title");
}

/// The pack that ships with the program, where this source tree holds it.
#[test]
fn the_shipped_pack_is_sound_and_has_the_candidates_of_the_contract() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("content/ml-interview-ko");
    if !folder.is_dir() {
        return;
    }
    let source = Folder(folder);
    let errors: Vec<_> = check_source(&source, None)
        .into_iter()
        .filter(|finding| finding.severity() == Severity::Error)
        .map(|finding| finding.to_string())
        .collect();
    assert_eq!(errors, [""; 0]);
    let pack = load(&source).unwrap();
    assert_eq!(inputs::answer_candidates(&pack).len(), 27);
    assert_eq!(inputs::next_candidates(&pack).len(), 20);
    assert!(EvalSet::load(&source, &pack).is_ok());
}

proptest! {
    #[test]
    fn no_bytes_make_loading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for path in ["pack.toml", "intents.toml", TOPIC_FILE, "eval/01-lora.toml"] {
            let source = Memory::tiny().with(path, &bytes);
            let draft = Draft::read(&source);
            let eval = eval::EvalDraft::read(&source, &["01-lora".to_owned()]);
            check(&draft, Some(&eval), Some(&str::len));
        }
    }

    #[test]
    fn nor_does_a_topic_cut_and_spliced_anywhere(
        from in 0..TOPIC.len(),
        to in 0..TOPIC.len(),
        insert in "[\\[\\]\"=\n,.#a-z0-9가-힣\\\\]{0,12}",
    ) {
        let mut bytes = TOPIC.as_bytes().to_vec();
        bytes.splice(from.min(to)..from.max(to), insert.bytes());
        let source = Memory::tiny().with(TOPIC_FILE, bytes);
        check(&Draft::read(&source), None, None);
    }
}
