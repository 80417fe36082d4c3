//! A small sound pack, broken in one place at a time.

use insta::assert_snapshot;

use super::*;
use crate::content::testing::{EVAL, INTENTS, Memory, TOPIC};
use crate::content::{Pack, load};

/// Everything that `check` says, a line each.
fn findings(source: &Memory) -> String {
    findings_with(source, None)
}

fn findings_with(source: &Memory, token_len: Option<TokenLen<'_>>) -> String {
    let lines: Vec<_> = check_source(source, token_len)
        .iter()
        .map(Finding::to_string)
        .collect();
    lines.join("\n")
}

/// The small pack with a second topic between the first and the end.
fn two_topics() -> Memory {
    let second = TOPIC.replace("LoRA", "QLoRA");
    Memory::tiny()
        .edit("pack.toml", r#"["01-lora"]"#, r#"["01-lora", "02-qlora"]"#)
        .edit_topic(r#"to = "면접 종료""#, r#"to = "QLoRA""#)
        .with("topics/02-qlora.toml", second)
}

#[test]
fn nothing_is_wrong_with_a_sound_pack() {
    assert_eq!(findings(&Memory::tiny()), "");
    assert_eq!(findings(&two_topics()), "");
}

mod flow {
    use super::*;

    #[test]
    fn a_topic_that_leads_nowhere() {
        let pack = two_topics().edit_topic(r#"to = "QLoRA""#, r#"to = "QLora""#);
        assert_snapshot!(findings(&pack), @"topics/01-lora.toml:49:6: error: next[0].to: no topic has the title 'QLora' — write 'QLoRA' if you meant that, or add a topic with this title");
    }

    #[test]
    fn conditions_that_never_hold() {
        let pack = Memory::tiny().edit_topic(
            "[[next]]",
            r#"[[next]]
to = "면접 종료"
when = "variant:mse"

[[next]]
to = "면접 종료"
when = "fail"

[[next]]"#,
        );
        assert_snapshot!(findings(&pack), @r#"
        topics/01-lora.toml:50:8: error: next[0].when: the topic has no variant 'mse' — add an [[answer.variant]] with this id, or write one that is there; known here: –
        topics/01-lora.toml:54:8: error: next[1].when: 'fail' is no condition — write "default", "failed" or "variant:ID"
        "#);
    }

    #[test]
    fn a_default_that_is_missing_or_not_last() {
        let missing = Memory::tiny().edit_topic(r#""default""#, r#""failed""#);
        assert_snapshot!(findings(&missing), @r#"topics/01-lora.toml:48:1: error: next: no [[next]] has when = "default" — add one at the end, so that the interview can always go on"#);

        let after = format!("{TOPIC}\n[[next]]\nto = \"면접 종료\"\nwhen = \"failed\"\n");
        let after = Memory::tiny().with("topics/01-lora.toml", after);
        assert_snapshot!(findings(&after), @"topics/01-lora.toml:50:8: error: next[0].when: nothing after the default is ever taken — move this [[next]] to the end");
    }

    #[test]
    fn a_topic_nobody_comes_to() {
        let pack = two_topics().edit_topic(r#"to = "QLoRA""#, r#"to = "면접 종료""#);
        assert_snapshot!(findings(&pack), @"topics/02-qlora.toml:2:9: warning: title: no topic leads to 'QLoRA' — name it in the `to` of a topic before it, or take it out of pack.toml");
    }

    #[test]
    fn an_interview_without_an_end() {
        let pack = two_topics().edit(
            "topics/02-qlora.toml",
            r#"to = "면접 종료""#,
            r#"to = "LoRA""#,
        );
        assert_snapshot!(findings(&pack), @"
        topics/01-lora.toml:48:1: error: next: from 'LoRA' the interview never ends — let a [[next]] of it or of a topic after it lead to '면접 종료'
        topics/02-qlora.toml:48:1: error: next: from 'QLoRA' the interview never ends — let a [[next]] of it or of a topic after it lead to '면접 종료'
        ");
    }

    #[test]
    fn a_broken_file_is_not_blamed_on_those_that_lead_to_it() {
        let pack = two_topics().edit("topics/02-qlora.toml", "title = ", "titel = ");
        assert_snapshot!(findings(&pack), @"
        topics/02-qlora.toml:1:1: error: title: the field 'title' is missing — add 'title'
        topics/02-qlora.toml:2:1: error: titel: there is no field 'titel' — write 'title' if you meant that, or remove the line; known here: 'answer', 'combined', 'complete', 'difficulty', 'display_title', 'failure', 'format_version', 'kind', 'misconception', 'next', 'questions', 'tags', 'term', 'title'
        ");
    }
}

mod names {
    use super::*;

    #[test]
    fn titles_and_labels_are_taken_once_in_a_pack() {
        let pack = two_topics()
            .edit(
                "topics/02-qlora.toml",
                r#"title = "QLoRA""#,
                r#"title = "LoRA""#,
            )
            .edit(
                "topics/02-qlora.toml",
                r#"label = "QLoRA""#,
                r#"label = "LoRA""#,
            )
            .edit_topic(r#"to = "QLoRA""#, r#"to = "LoRA""#);
        assert_snapshot!(findings(&pack), @"
        topics/02-qlora.toml:2:9: error: title: the title 'LoRA' is already taken at topics/01-lora.toml:2 — give one of the two topics another title
        topics/02-qlora.toml:11:9: error: answer[0].label: the label 'LoRA' is already taken at topics/01-lora.toml:11 — choose another label: each stands for one sub-answer in the whole pack
        ");
    }

    #[test]
    fn words_that_mean_something_else() {
        let pack = Memory::tiny()
            .edit_topic(r#"title = "LoRA""#, r#"title = "면접 종료""#)
            .edit_topic(r#"label = "LoRA""#, r#"label = "답변 실패""#)
            .edit_topic(r#"label = "양자화""#, r#"label = "답변 실패""#)
            .with("eval/01-lora.toml", "case = []");
        assert_snapshot!(findings(&pack), @"
        topics/01-lora.toml:2:9: error: title: '면접 종료' is the name of the end — give the topic another title, or change `end` in pack.toml
        topics/01-lora.toml:11:9: error: answer[0].label: the label '답변 실패' is used by the judge itself — choose another label
        topics/01-lora.toml:32:9: error: misconception[1].label: the name '답변 실패' is already taken at topics/01-lora.toml:11 — choose another name: within a topic each stands for one thing
        ");
    }

    #[test]
    fn a_label_with_a_comma() {
        let pack = Memory::tiny()
            .edit_topic(r#"label = "LoRA""#, r#"label = "LoRA, 정의""#)
            .with("eval/01-lora.toml", "case = []");
        assert_snapshot!(findings(&pack), @"topics/01-lora.toml:11:9: warning: answer[0].label: the label 'LoRA, 정의' holds a comma — leave the comma out: labels are listed with commas between them");
    }

    #[test]
    fn combined_needs_two_labels_that_exist() {
        let pack = Memory::tiny().edit_topic(
            "[failure]",
            "[[combined]]\nlabels = [\"LoRa\"]\nexamples = [\"둘 다 말하는 답\"]\n\n[failure]",
        );
        assert_snapshot!(findings(&pack), @"
        topics/01-lora.toml:37:10: error: combined[0].labels: fewer than two labels are combined — name at least two, or move the examples to the answer itself
        topics/01-lora.toml:37:11: error: combined[0].labels[0]: the topic has no label 'LoRa' — write 'LoRA' if you meant that; known are 'LoRA'
        ");
    }

    #[test]
    fn a_variant_is_named_once_in_a_topic() {
        let variants = r#"
[[answer.variant]]
id = "matrix"
examples = ["행렬 얘기만 하는 답"]

[[answer.variant]]
id = "matrix"
examples = ["행렬 얘기를 또 하는 답"]

[[misconception]]"#;
        let pack = Memory::tiny().edit_topic("[[misconception]]", variants);
        assert_snapshot!(findings(&pack), @"topics/01-lora.toml:32:6: error: answer[0].variant[1].id: the name 'matrix' is already taken at topics/01-lora.toml:28 — choose another name: within a topic each stands for one thing");
    }
}

mod parts {
    use super::*;

    #[test]
    fn a_topic_asks_something_and_knows_what_answers_it() {
        let pack = Memory::tiny().with(
            "topics/01-lora.toml",
            r#"format_version = 1
title = "LoRA"
kind = "rest"
difficulty = 4
questions = []
answer = []

[[next]]
to = "면접 종료"
when = "default"
"#,
        );
        let pack = pack.with("eval/01-lora.toml", "case = []");
        assert_snapshot!(findings(&pack), @"
        topics/01-lora.toml:4:14: error: difficulty: 4 is out of range — write a number from 1 to 3
        topics/01-lora.toml:5:13: error: questions: the topic has no wording of its question — write at least three
        topics/01-lora.toml:6:10: error: answer: the topic has no sub-answer — add an [[answer]] with a label and examples
        ");
    }

    #[test]
    fn a_label_needs_examples() {
        let from = TOPIC.find("  \"작은 행렬 두 개만 학습\"").unwrap();
        let to = TOPIC.find("  \"모델은 두고").unwrap();
        let one = TOPIC.replacen(&TOPIC[from..to], "", 1);
        let few = Memory::tiny().with("topics/01-lora.toml", &one);
        assert_snapshot!(findings(&few), @"topics/01-lora.toml:15:12: warning: answer[0].examples: too few examples: 1 — write at least 8, in different voices: the judge compares messages with them");

        let none = one.replace("  \"모델은 두고 어댑터 행렬 두 개만요\",\n", "");
        let none = Memory::tiny().with("topics/01-lora.toml", none);
        assert_snapshot!(findings(&none), @"topics/01-lora.toml:15:12: error: answer[0].examples: there is no example to compare a message with — write some as learners would type them, eight or more for a label");
    }

    #[test]
    fn empty_text_is_found_wherever_it_stands() {
        let pack = Memory::tiny().edit_topic("\"까먹었다\"", "\"  \"").edit(
            "intents.toml",
            "[\"안녕하세요\"]",
            "[\"안녕하세요\", \"\"]",
        );
        assert_snapshot!(findings(&pack), @"
        intents.toml:7:22: error: greeting[1]: the text is empty — write something, or remove it
        topics/01-lora.toml:41:3: error: failure.examples[3]: the text is empty — write something, or remove it
        ");
    }

    #[test]
    fn learners_must_be_able_to_steer() {
        let intents = INTENTS
            .replace(r#"["다른 거 물어봐"]"#, "[]")
            .replace(r#"["안녕하세요"]"#, "[]");
        assert_snapshot!(findings(&Memory::tiny().with("intents.toml", intents)), @"intents.toml:3:8: error: skip: the intent 'skip' has no example — write some: without them a learner can't say so");
    }
}

mod quality {
    use super::*;

    #[test]
    fn a_question_topic_that_teaches_little() {
        let pack = Memory::tiny().with(
            "topics/01-lora.toml",
            r#"format_version = 1
title = "LoRA"
kind = "question"
questions = ["LoRA가 뭐야?"]

[[answer]]
label = "LoRA"
examples = ["작은 행렬 두 개만", "얼리고 더해요", "저랭크 행렬", "두 행렬의 곱", "a", "b", "c", "d"]

[[misconception]]
label = "양자화"
correction = "그건 QLoRA!"
examples = ["4비트로 줄임"]

[[next]]
to = "면접 종료"
when = "default"
"#,
        );
        assert_snapshot!(findings(&pack), @"
        topics/01-lora.toml:1:1: warning: failure.examples: too few examples: 0 — write at least 8, in different voices: the judge compares messages with them
        topics/01-lora.toml:4:13: warning: questions: too few wordings of the question: 1 — write at least 3, so that it need not be asked the same way twice
        topics/01-lora.toml:6:1: warning: answer[0].hint: 'LoRA' has no hint — add `hint`: it is shown after the first failure and on the hint key
        topics/01-lora.toml:6:1: warning: answer[0].key_point: 'LoRA' has no key point — add `key_point`: the report shows it to those who missed it
        topics/01-lora.toml:6:1: warning: answer[0].model_answer: 'LoRA' has no model answer — add `model_answer`: it is given after the last failure
        topics/01-lora.toml:10:1: warning: misconception: too few misconceptions: 1 — describe at least 2 wrong ideas with a correction, or fluent wrong answers may pass
        topics/01-lora.toml:13:12: warning: misconception[0].examples: too few examples: 1 — write at least 4, in different voices: the judge compares messages with them
        ");
    }

    #[test]
    fn small_talk_need_not_teach() {
        let topic = TOPIC.replace("\"question\"", "\"small_talk\"");
        let (before, _) = topic.split_once("[[misconception]]").unwrap();
        let topic = format!("{before}[[next]]\nto = \"면접 종료\"\nwhen = \"default\"\n")
            .replace("hint = \"작은 행렬 두 개!\"\n", "");
        assert_eq!(
            findings(&Memory::tiny().with("topics/01-lora.toml", topic)),
            ""
        );
    }

    #[test]
    fn one_message_stands_for_one_thing() {
        let pack = Memory::tiny()
            .edit_topic(
                "\"들어는 봤는데요\"",
                "\"4비트로 줄이는 거 ㅋㅋ\", \"4 비트로, 줄이는거\"",
            )
            .edit_topic("\"음...\"", "\"음...\", \"까먹었다!\"");
        assert_snapshot!(findings(&pack), @"
        topics/01-lora.toml:42:11: warning: failure.examples[5]: '까먹었다!' already stands at topics/01-lora.toml:41 — remove it or say it differently: a second copy adds nothing
        topics/01-lora.toml:45:20: error: failure.examples[9]: '4 비트로, 줄이는거' also stands for something else at topics/01-lora.toml:34 — remove one of the two: the judge can't tell them apart
        ");
    }

    #[test]
    fn a_variant_may_repeat_its_answer_but_not_another_variant() {
        let variants = r#"
[[answer.variant]]
id = "matrix"
examples = ["low rank 행렬만 튜닝"]

[[answer.variant]]
id = "product"
examples = ["B랑 A 곱해서 더하는 거", "low rank 행렬만 튜닝"]

[[misconception]]"#;
        let pack = Memory::tiny().edit_topic("[[misconception]]", variants);
        assert_snapshot!(findings(&pack), @"topics/01-lora.toml:33:31: error: answer[0].variant[1].examples[1]: 'low rank 행렬만 튜닝' also stands for something else at topics/01-lora.toml:29 — remove one of the two: the judge can't tell them apart");
    }

    #[test]
    fn an_intent_is_not_said_twice() {
        let pack = Memory::tiny().edit("intents.toml", "\"다른 거 물어봐\"", "\"준비됐어요!\"");
        assert_snapshot!(findings(&pack), @"intents.toml:3:9: warning: skip[0]: '준비됐어요!' already stands at intents.toml:2 — remove it or say it differently: a second copy adds nothing");
    }

    #[test]
    fn control_characters_are_named_here_and_gone_after_loading() {
        let source = Memory::tiny().edit_topic("\"까먹었다\"", r#""\u001b[31m까먹었다\u0007""#);
        assert_snapshot!(findings(&source), @"topics/01-lora.toml:41:3: error: failure.examples[3]: the text holds control characters or an escape sequence — remove them: they never reach a learner");
        let pack: Pack = load(&source).unwrap();
        assert!(
            pack.topics[0]
                .failure
                .examples
                .contains(&"까먹었다".to_owned())
        );
    }

    #[test]
    fn text_the_encoder_would_cut() {
        let long = "행렬 ".repeat(70);
        let source = Memory::tiny()
            .edit_topic("\"까먹었다\"", &format!("\"{long}\""))
            .edit("intents.toml", "\"안녕하세요\"", &format!("\"{long}\""))
            .edit("eval/01-lora.toml", "글쎄요,", &long);
        let words = |text: &str| text.split_whitespace().count();
        assert_snapshot!(findings_with(&source, Some(&words)), @"
        eval/01-lora.toml:6:11: warning: case[1].message: with its title the text has 74 tokens and the encoder reads 64: the last 10 will be cut — shorten it, or split it into two
        intents.toml:7:13: warning: greeting[0]: with its title the text has 72 tokens and the encoder reads 64: the last 8 will be cut — shorten it, or split it into two
        topics/01-lora.toml:41:3: warning: failure.examples[3]: with its title the text has 72 tokens and the encoder reads 64: the last 8 will be cut — shorten it, or split it into two
        ");
    }

    #[test]
    fn in_an_experience_topic_the_part_asked_for_is_read_as_well() {
        let source = Memory::tiny().edit_topic("\"question\"", "\"experience\"");
        let longest = std::cell::RefCell::new(Vec::new());
        let collect = |text: &str| {
            longest.borrow_mut().push(text.to_owned());
            text.len().min(1)
        };
        findings_with(&source, Some(&collect));
        assert!(
            longest
                .borrow()
                .iter()
                .any(|text| text == "LoRA -> [LoRA] 까먹었다")
        );
    }
}

mod held_out {
    use super::*;

    #[test]
    fn an_answer_that_is_trained_on() {
        let pack = Memory::tiny()
            .edit(
                "eval/01-lora.toml",
                "글쎄요, 이름만 알아요",
                "LoRA 는 LoRA 죠…",
            )
            .edit(
                "eval/01-lora.toml",
                "얼린 모델 옆의 작은 행렬만 배우는 방식",
                "안녕하세요!",
            );
        assert_snapshot!(findings(&pack), @"
        eval/01-lora.toml:2:11: error: case[0].message: '안녕하세요!' is also trained on at intents.toml:7 — remove one of the two: an answer that was learnt measures nothing
        eval/01-lora.toml:6:11: error: case[1].message: 'LoRA 는 LoRA 죠…' is also trained on at topics/01-lora.toml:39 — remove one of the two: an answer that was learnt measures nothing
        ");
    }

    #[test]
    fn names_that_the_topic_does_not_have() {
        let eval = r#"[[case]]
message = "작은 행렬 두 개를 배워요"
labels = ["Lora"]
misconception = "양자"
intent = "skipp"
variant = "matrix"
asked = "LoRA"

[[case]]
message = "작은 행렬, 두 개를 배워요"
labels = []
"#;
        assert_snapshot!(findings(&Memory::tiny().with("eval/01-lora.toml", eval)), @r#"
        eval/01-lora.toml:3:11: error: case[0].labels[0]: the topic has no label 'Lora' — write 'LoRA' if you meant that; known are 'LoRA'
        eval/01-lora.toml:4:17: error: case[0].misconception: the topic has no misconception '양자' — write its label as it stands in the topic's file; known here: '원래 가중치를 학습', '양자화'
        eval/01-lora.toml:5:10: error: case[0].intent: there is no intent 'skipp' — write 'skip' if you meant that; known are 'ready', 'skip', 'dont_know', 'term_question', 'hedge', 'greeting', 'chit_chat'
        eval/01-lora.toml:6:11: error: case[0].variant: the topic has no variant 'matrix' — add an [[answer.variant]] with this id, or write one that is there; known here: –
        eval/01-lora.toml:7:9: warning: case[0].asked: `asked` has no meaning here — remove it: only in a topic of kind "experience" does a message carry the part that was asked for
        eval/01-lora.toml:10:11: warning: case[1].message: '작은 행렬, 두 개를 배워요' already stands at eval/01-lora.toml:2 — remove it or say it differently: a second copy adds nothing
        "#);
    }

    #[test]
    fn a_file_without_a_topic() {
        let pack = Memory::tiny().with("eval/09-bce.toml", EVAL);
        assert_snapshot!(findings(&pack), @"eval/09-bce.toml:1:1: error: no topic has the slug '09-bce' — rename the file to the slug of its topic, or remove it");
    }
}
