//! Files as people send them: with index columns, gaps and mistakes.

use std::path::PathBuf;

use insta::assert_snapshot;

use super::*;
use crate::content::inputs::{answer_candidates, next_candidates};
use crate::content::testing::{Memory, TOPIC};
use crate::content::{EvalSet, load};

struct File {
    _dir: tempfile::TempDir,
    path: PathBuf,
}

fn file(bytes: impl AsRef<[u8]>) -> File {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data.csv");
    std::fs::write(&path, bytes).unwrap();
    File { _dir: dir, path }
}

fn pairs(bytes: impl AsRef<[u8]>) -> Result<Rows<Pair>, String> {
    let file = file(bytes);
    read_pairs(&file.path, PairRole::Answer).map_err(|error| shown(&error, &file))
}

fn turns(bytes: impl AsRef<[u8]>, role: RowRole) -> Result<Rows<InterviewRow>, String> {
    let file = file(bytes);
    read_interview_rows(&file.path, role).map_err(|error| shown(&error, &file))
}

fn shown(error: &LoadError, file: &File) -> String {
    error
        .to_string()
        .replace(&file.path.display().to_string(), "data.csv")
}

#[test]
fn pairs_are_read_by_the_names_of_their_columns() {
    let read = pairs(
        "\u{feff},similarity,input_part,note,output_answer\n\
         0,1.0,LoRA -> 행렬,,LoRA\n\
         1,0,\"LoRA -> 쉼표, 그리고\n줄바꿈\",,답변 실패\n\
         2,,,,LoRA\n",
    )
    .unwrap();
    assert_eq!(read.skipped, 1);
    assert_eq!(read.rows[0].candidate, "LoRA");
    assert_eq!(read.rows[0].similarity, 1.0);
    assert_eq!(read.rows[1].input, "LoRA -> 쉼표, 그리고\n줄바꿈");
}

#[test]
fn bad_numbers_are_told_with_line_and_column() {
    let message = pairs(
        "input_part,output_answer,similarity\n\
         a -> b,LoRA,one\n\
         a -> c,LoRA,1.0\n\
         a -> d,LoRA,NaN\n",
    );
    assert_snapshot!(message.unwrap_err(), @"
    data.csv:2:3: error: similarity: 'one' is not a number — write a number such as 1.0 or 0.0
    data.csv:4:3: error: similarity: 'NaN' is not a number — write a number such as 1.0 or 0.0
    ");
}

#[test]
fn a_wrong_file_does_not_fill_the_screen() {
    let rows = "a -> b,LoRA,x\n".repeat(5000);
    let message = pairs(format!("input_part,output_answer,similarity\n{rows}"));
    assert_eq!(message.unwrap_err().lines().count(), ENOUGH);
}

#[test]
fn a_missing_column_a_lost_cell_a_missing_file() {
    assert_snapshot!(pairs("input,output_answer,score\n").unwrap_err(), @"
    data.csv:1:1: error: input_part: the column 'input_part' is missing — add it to the header; found: 'input', 'output_answer', 'score'
    data.csv:1:1: error: similarity: the column 'similarity' is missing — add it to the header; found: 'input', 'output_answer', 'score'
    ");
    assert_snapshot!(pairs("input_part,output_answer,similarity\na,b\n").unwrap_err(), @"data.csv:2:1: error: the row has 2 cells and the header 3 — put text with commas or line breaks in double quotes");
    assert_snapshot!(pairs("").unwrap_err(), @"
    data.csv:1:1: error: input_part: the column 'input_part' is missing — add it to the header; found: –
    data.csv:1:1: error: output_answer: the column 'output_answer' is missing — add it to the header; found: –
    data.csv:1:1: error: similarity: the column 'similarity' is missing — add it to the header; found: –
    ");
    let missing = read_pairs(Path::new("no/such.csv"), PairRole::Next).unwrap_err();
    assert_snapshot!(missing, @"no/such.csv:1:1: error: the file does not exist — check the path");
}

#[test]
fn a_file_that_is_not_utf8() {
    let mut bytes = b"input_part,output_answer,similarity\nx -> y,\"".to_vec();
    bytes.extend([0xb0, 0xa1, b'"', b',', b'1', b'\n']);
    assert_snapshot!(pairs(bytes).unwrap_err(), @"data.csv:2:2: error: output_answer: the text is not UTF-8 — save the file in the encoding UTF-8");
}

const ROWS: &str = "\
,data_type,user_input,current_remaining_user_answer,current_question,output_data,output_answered,output_next_question
0,train,[기본 경험] 챗봇에 CE 썼어요,상세 경험,실무 경험,좋아!,기본 경험,실무 경험
1,valid/test,[0-1] 사이 값이요,모든 질문 해결 완료,BCE,맞아!,수식,LoRA
2,train,그냥요,\"핵심 아이디어, 수식\",BCE,,답변 실패,
3,train,,수식,BCE,응?,답변 실패,BCE
";

#[test]
fn interview_rows_are_read_for_the_role_that_needs_them() {
    let answers = turns(ROWS, RowRole::Answer).unwrap();
    assert_eq!((answers.rows.len(), answers.skipped), (3, 1));
    assert_eq!(answers.rows[0].remaining, ["상세 경험"]);
    assert_eq!(answers.rows[1].split, Split::Valid);
    assert_eq!(answers.rows[1].remaining, [""; 0]);
    assert_eq!(answers.rows[2].remaining, ["핵심 아이디어", "수식"]);

    let next = turns(ROWS, RowRole::Next).unwrap();
    assert_eq!((next.rows.len(), next.skipped), (2, 2));
}

#[test]
fn only_a_label_of_the_topic_is_a_tag() {
    let topic = TOPIC.replace("label = \"LoRA\"", "label = \"기본 경험\"");
    let source = Memory::tiny().with("topics/01-lora.toml", topic);
    let topic = &load(&source).unwrap().topics[0];
    let rows = turns(ROWS, RowRole::Answer).unwrap().rows;
    assert_eq!(
        rows[0].untagged(topic),
        (Some("기본 경험"), "챗봇에 CE 썼어요")
    );
    assert_eq!(rows[1].untagged(topic), (None, "[0-1] 사이 값이요"));
}

#[test]
fn rows_need_only_the_columns_of_their_role() {
    let rows = "data_type,user_input,current_question,output_answered\ntrain,a,b,c\n";
    assert_eq!(turns(rows, RowRole::Answer).unwrap().rows.len(), 1);
    assert_snapshot!(turns(rows, RowRole::Next).unwrap_err(), @"
    data.csv:1:1: error: current_remaining_user_answer: the column 'current_remaining_user_answer' is missing — add it to the header; found: 'data_type', 'user_input', 'current_question', 'output_answered'
    data.csv:1:1: error: output_next_question: the column 'output_next_question' is missing — add it to the header; found: 'data_type', 'user_input', 'current_question', 'output_answered'
    ");
    assert_snapshot!(turns(rows.replace("train", "dev"), RowRole::Answer).unwrap_err(), @"data.csv:2:1: error: data_type: 'dev' is no part of the data — write train or valid/test");
}

#[test]
fn a_pack_s_examples_are_written_and_read_back() {
    let pack = load(&Memory::tiny()).unwrap();
    let candidates = answer_candidates(&pack);
    assert_eq!(candidates, ["LoRA", "용어 질문", "답변 실패"]);
    assert_eq!(next_candidates(&pack), ["LoRA", "면접 종료"]);

    let inputs = answer_inputs(&pack);
    let labels = |text: &str| {
        let of_text = inputs.iter().find(|labelled| labelled.input == text);
        of_text.map(|labelled| labelled.labels.join("+"))
    };
    assert_eq!(
        labels("LoRA -> 작은 행렬 두 개만 학습"),
        Some("LoRA".into())
    );
    assert_eq!(
        labels("LoRA -> 4비트로 줄이는 거"),
        Some("답변 실패".into())
    );
    assert_eq!(labels("LoRA -> 저랭크가 뭐예요?"), Some("용어 질문".into()));

    let mut bytes = Vec::new();
    write_pairs(&mut bytes, PairRole::Answer, &inputs, &candidates).unwrap();
    let read = pairs(bytes).unwrap();
    assert_eq!(read.rows.len(), inputs.len() * candidates.len());
    let positive = read.rows.iter().filter(|pair| pair.similarity == 1.0);
    assert!(positive.zip(&inputs).all(|(pair, labelled)| {
        pair.input == labelled.input && labelled.labels == [pair.candidate.as_str()]
    }));
}

#[test]
fn the_held_out_answers_are_written_too() {
    let source = Memory::tiny();
    let eval = EvalSet::load(&source, &load(&source).unwrap()).unwrap();
    let inputs = eval_inputs(&eval);
    assert_eq!(inputs[0].labels, ["LoRA"]);
    assert_eq!(inputs[1].input, "LoRA -> 글쎄요, 이름만 알아요");
    assert_eq!(inputs[1].labels, ["답변 실패"]);
}

#[test]
fn in_an_experience_topic_a_failure_may_answer_any_part() {
    let topic = TOPIC.replace("\"question\"", "\"experience\"");
    let pack = load(&Memory::tiny().with("topics/01-lora.toml", topic)).unwrap();
    let inputs = answer_inputs(&pack);
    assert!(
        inputs
            .iter()
            .any(|labelled| labelled.input == "LoRA -> [LoRA] 까먹었다")
    );
}
