//! The companion's pack as people write it, with mistakes.

use insta::assert_snapshot;

use super::*;
use crate::content::testing::Memory;

fn pack() -> Memory {
    Memory::empty()
        .with(
            MARKER,
            "type,user_prompt,category\ntrain,사귀자,사랑 고백/만남\ntrain,\"안녕, 오로라\",일반\n",
        )
        .with(
            COMBINATIONS,
            "[취미: 등산] 주말에 뭐 하지\n\n[생일: 3월 1일] 미역국 언제 먹더라\n",
        )
        .with(NONE, "ㅇㅇ\n고마워\n")
}

fn errors(source: &Memory) -> String {
    let lines: Vec<String> = check(source).iter().map(Finding::to_string).collect();
    lines.join("\n")
}

#[test]
fn a_sound_pack_is_read_whole() {
    let read = CompanionPack::load(&pack()).unwrap();
    assert_eq!(read.ethics[1].message, "안녕, 오로라");
    assert_eq!(read.ethics[0].category, Category::Love);
    assert_eq!(read.combinations[1].item(), "[생일: 3월 1일]");
    assert_eq!(read.none, ["ㅇㅇ", "고마워"]);
    assert_eq!(errors(&pack()), "");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let source = pack()
        .with(
            MARKER,
            "type,user_prompt,category\ntrain,사귀자,사랑\ndev,안녕,일반\n",
        )
        .with(
            COMBINATIONS,
            "등산 좋아\n[취미 등산] 어디 갈까\n[취미: 등산]\n",
        );
    let error = CompanionPack::load(&source).unwrap_err();
    assert_eq!(error.findings.len(), 5);
    assert_snapshot!(error, @"
    ethics/train.csv:2:3: error: category: '사랑' is no category — write one of 사랑 고백/만남, 정치, 패드립, 혐오/기타, 일반
    ethics/train.csv:3:1: error: type: 'dev' is no part of the data — write train or valid/test
    memory/train.txt:1:1: error: '등산 좋아' is not of the form [key: value] — write `[key: value] message` on a line of its own; where only an item stands, `[key: value]`
    memory/train.txt:2:2: error: '[취미 등산] 어디 갈까' is not of the form [key: value] — write `[key: value] message` on a line of its own; where only an item stands, `[key: value]`
    memory/train.txt:3:9: error: '[취미: 등산]' is not of the form [key: value] — write `[key: value] message` on a line of its own; where only an item stands, `[key: value]`
    ");
}

#[test]
fn a_held_out_message_is_not_trained_on_and_is_no_two_things() {
    let source = pack()
        .with(
            eval::ETHICS,
            "type,user_prompt,category\ntest,사귀자!,사랑 고백/만남\ntest,잘 자,일반\ntest,잘자,정치\n",
        )
        .with(eval::MEMORY, "[취미: 낚시] 고마워\n")
        .with(
            eval::CONVERSATIONS,
            "[[conversation]]\nitems = [\"[취미: 낚시]\", \"이름\"]\nmessage = \"뭐 하지\"\nexpected = \"[이름: 수]\"\n\
             [[conversation]]\nitems = []\nmessage = \"응\"\nexpected = \"\"\n",
        );
    assert_snapshot!(errors(&source), @"
    eval/ethics.csv:2:1: error: user_prompt: '사귀자!' is also trained on at ethics/train.csv:2 — remove one of the two: an answer that was learnt measures nothing
    eval/ethics.csv:4:1: error: user_prompt: '잘자' also stands for something else at eval/ethics.csv:3 — remove one of the two: the judge can't tell them apart
    eval/memory-conversations.toml:2:22: error: conversation[0].items[1]: '이름' is not of the form [key: value] — write `[key: value] message` on a line of its own; where only an item stands, `[key: value]`
    eval/memory-conversations.toml:4:12: error: conversation[0].expected: the conversation has no item '[이름: 수]' — write one of its `items` as it stands, or nothing where no memory is called for
    eval/memory.txt:1:1: error: '고마워' is also trained on at memory/none.txt:2 — remove one of the two: an answer that was learnt measures nothing
    ");
    assert!(eval::conversations(&source).is_err());
}

#[test]
fn a_held_out_message_is_no_other_ending_of_one_that_is_trained_on() {
    let source = pack()
        .with(
            MARKER,
            "type,user_prompt,category\ntrain,오늘 저녁에 나랑 영화 보러 갈래,사랑 고백/만남\n",
        )
        .with(
            "dev/ethics.csv",
            "type,user_prompt,category\ntest,오늘 저녁에 나랑 영화 보러 가자!,사랑 고백/만남\ntest,너희 집 앞에서 기다릴게 나올 때까지,사랑 고백/만남\n",
        );
    assert_snapshot!(errors(&source), @"dev/ethics.csv:2:1: error: user_prompt: '오늘 저녁에 나랑 영화 보러 가자!' is nearly what is trained on at ethics/train.csv:2 — remove the one at ethics/train.csv:2: what differs from it by an ending measures the ending");
}

#[test]
fn plain_messages_are_of_their_forms_and_no_offences() {
    let source = pack().with(
        PLAIN,
        r#"
        messages = ["사귀자!", "같이 가자"]
        [[form]]
        examples = ["나랑 놀자", "나랑 살자"]
        parts = [{ maybe = ["나랑"] }, { one = ["놀자"] }]
        "#,
    );
    assert_snapshot!(errors(&source), @"ethics/plain.toml:4:30: error: form[0].examples[1]: '나랑 살자' is not of the form that it stands for — add its words to the parts of the form, or remove the example");
    let form = r#"form = [{ examples = [], parts = [{ one = ["{plays}"] }] }]"#;
    let source = pack().with(PLAIN, format!("messages = [\"사귀자!\"]\n{form}\n"));
    assert_snapshot!(errors(&source), @"ethics/plain.toml:2:35: error: form[0].parts[0]: there is no list 'plays' under [words] — write the list, or the name of one that is there");
    let source = pack().with(PLAIN, "messages = [\"같이 가자!\"]\n").with(
        "eval/ethics.csv",
        "type,user_prompt,category\ntest,같이 가자,일반\n",
    );
    assert_snapshot!(errors(&source), @"eval/ethics.csv:2:1: error: user_prompt: '같이 가자' is also trained on at ethics/plain.toml:1 — remove one of the two: an answer that was learnt measures nothing");
    let source = pack().with(PLAIN, "messages = [\"사귀자!\"]\n");
    assert_snapshot!(errors(&source), @"ethics/train.csv:2:1: error: user_prompt: '사귀자' also stands for something else at ethics/plain.toml — remove one of the two: the judge can't tell them apart");
}
