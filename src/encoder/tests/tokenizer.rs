//! What is cut from a text over the limit, and what is not.

use std::borrow::Cow;

use proptest::prelude::*;

use super::*;
use crate::encoder::tokenizer::TextTokenizer;
use crate::testing::{model_files, with_config};

fn tokenizer(model: &str, limit: usize) -> TextTokenizer {
    let files = with_config(model_files(model), |config| {
        config["ohlora"] = serde_json::json!({ "max_seq_length": limit });
    });
    let config = EncoderConfig::parse(&files).unwrap();
    TextTokenizer::load(&files, None, &config).unwrap()
}

fn text(head: &str, body: &str, tail: &str) -> Text {
    Text {
        head: head.to_owned(),
        body: body.to_owned(),
        tail: tail.to_owned(),
    }
}

/// The ids of a part alone, without special tokens.
fn part(tokenizer: &TextTokenizer, part: &str) -> Vec<u32> {
    let ids = tokenizer.encode(&part.into()).unwrap();
    ids[1..ids.len() - 1].to_vec()
}

const CLS: u32 = 0;
const SEP: u32 = 2;

/// Special tokens around what is left of a text.
fn framed(parts: &[&[u32]]) -> Vec<u32> {
    [&[CLS], &parts.concat()[..], &[SEP]].concat()
}

#[test]
fn only_the_end_of_the_message_is_lost() {
    let wide = tokenizer("tiny-bert", 64);
    let narrow = tokenizer("tiny-bert", 10);
    let long = text("모델 - ", "손실 함수 기울기 데이터 정규 네 음", " (학습)");
    let (head, tail) = (part(&wide, "모델 -"), part(&wide, "(학습)"));
    let body = part(&wide, &long.body);
    assert_eq!((head.len(), body.len(), tail.len()), (2, 7, 3));

    assert_eq!(wide.encode(&long).unwrap(), framed(&[&head, &body, &tail]));
    assert_eq!(
        narrow.encode(&long).unwrap(),
        framed(&[&head, &body[..3], &tail])
    );
}

#[test]
fn a_title_over_the_limit_loses_the_whole_message_and_then_its_own_end() {
    let tokenizer = tokenizer("tiny-bert", 6);
    let head = part(&tokenizer, "손실 함수 기울기 데이터");
    let long = text("손실 함수 기울기 데이터 네 음 ", "model", "");
    assert_eq!(tokenizer.encode(&long).unwrap(), framed(&[&head]));
}

#[test]
fn a_message_without_end_is_cut_like_any_other() {
    let tokenizer = tokenizer("tiny-roberta", 64);
    let tail = part(&tokenizer, "(학습)");
    for body in [
        "손실 ".repeat(100_000),
        "가".repeat(100_000),
        "🙂\u{301}\n".repeat(50_000),
    ] {
        let ids = tokenizer
            .encode(&text("모델 - ", &body, " (학습)"))
            .unwrap();
        assert!(ids.len() <= 64);
        assert_eq!(
            ids[ids.len() - 4..],
            *framed(&[&tail]).strip_prefix(&[CLS]).unwrap()
        );
    }
}

#[test]
fn an_empty_message_leaves_title_and_tail() {
    let tokenizer = tokenizer("tiny-bert", 64);
    let ids = tokenizer.encode(&text("모델 ", "", "(학습)")).unwrap();
    let (head, tail) = (part(&tokenizer, "모델"), part(&tokenizer, "(학습)"));
    assert_eq!(ids, framed(&[&head, &tail]));
    assert_eq!(tokenizer.encode(&Text::default()).unwrap(), [CLS, SEP]);
    assert_eq!(tokenizer.encode(&"  \n ".into()).unwrap(), [CLS, SEP]);
}

#[test]
fn capitals_become_small_only_where_the_model_asks_for_it() {
    // The vocabulary of both has `LoRA`, and letters.
    let kept = tokenizer("tiny-roberta", 64);
    assert_eq!(kept.pieces("LoRA").unwrap(), ["LoRA"]);
    assert_eq!(kept.encode(&"LoRA".into()).unwrap().len(), 3);

    // Here the tokenizer itself keeps capitals, and `do_lower_case` alone decides.
    let json = String::from_utf8(model_files("tiny-roberta").tokenizer.unwrap().into_owned());
    assert!(json.unwrap().contains("\"lowercase\":false"));
    let ids = |asks: &'static str| {
        let files = ModelFiles {
            tokenizer_config: Some(Cow::Borrowed(asks.as_bytes())),
            ..model_files("tiny-roberta")
        };
        let config = EncoderConfig::parse(&files).unwrap();
        let tokenizer = TextTokenizer::load(&files, None, &config).unwrap();
        tokenizer.encode(&text("LoRA ", "LoRA", " LoRA")).unwrap()
    };
    let lora = kept.encode(&"lora".into()).unwrap();
    let lora = &lora[1..lora.len() - 1];
    assert_eq!(lora.len(), 4);
    assert_eq!(
        ids(r#"{"do_lower_case": true}"#),
        framed(&[lora, lora, lora])
    );
    let three = ids(r#"{"do_lower_case": false}"#);
    assert_eq!(three.len(), 5);
    assert_eq!(ids("{}"), three);
    assert_eq!(ids(r#"{"do_lower_case": null}"#), three);
}

/// Letters whose small form has another length in bytes must not shift what counts as the message.
#[test]
fn small_letters_of_another_length_do_not_move_the_message() {
    let files = ModelFiles {
        tokenizer_config: Some(Cow::Borrowed(br#"{"do_lower_case": true}"#)),
        ..with_config(model_files("tiny-roberta"), |config| {
            config["ohlora"] = serde_json::json!({ "max_seq_length": 8 });
        })
    };
    let config = EncoderConfig::parse(&files).unwrap();
    let tokenizer = TextTokenizer::load(&files, None, &config).unwrap();
    let plain = tokenizer.encode(&text("모델 ", "네 네 네 네 네", " (학습)"));
    let ids = tokenizer.encode(&text("모델 ", "네 네 İİİ K K K", " (학습)"));
    assert_eq!(ids.unwrap(), plain.unwrap());
}

#[test]
fn tokens_are_counted_before_anything_is_cut() {
    let tokenizer = tokenizer("tiny-bert", 8);
    assert_eq!(tokenizer.count(&"손실 ".repeat(200)).unwrap(), 202);
    assert_eq!(tokenizer.count("").unwrap(), 2);
}

fn words(most: usize) -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "손실",
        "함수는",
        "batch",
        "LoRA",
        "없는말",
        ".",
        "training",
    ]);
    prop::collection::vec(word, 0..most).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn head_and_tail_stay_whole_as_long_as_they_fit(
        head in words(4),
        body in words(60),
        tail in words(4),
        limit in 40..64usize,
    ) {
        let (wide, narrow) = (tokenizer("tiny-bert", 78), tokenizer("tiny-bert", limit));
        let [h, b, t] = [&head, &body, &tail].map(|text| {
            let pieces = wide.pieces(text).unwrap();
            pieces.len()
        });
        let whole = text(&format!("{head} "), &body, &format!(" {tail}"));
        let ids = narrow.encode(&whole).unwrap();
        prop_assert_eq!(ids.len(), (2 + h + b + t).min(limit));
        let (head, tail) = (part(&wide, &head), part(&wide, &tail));
        prop_assert_eq!(&ids[1..=h], &head[..]);
        prop_assert_eq!(&ids[ids.len() - 1 - t..ids.len() - 1], &tail[..]);
        let kept = ids.len() - 2 - h - t;
        let body: Vec<u32> = part(&tokenizer("tiny-bert", 80), &body);
        prop_assert_eq!(&ids[1 + h..1 + h + kept], &body[..kept]);
    }

    #[test]
    fn no_text_is_longer_than_the_limit(
        head in any::<String>(),
        body in any::<String>(),
        tail in any::<String>(),
        limit in 3..20usize,
    ) {
        let ids = tokenizer("tiny-roberta", limit).encode(&text(&head, &body, &tail)).unwrap();
        prop_assert!(ids.len() <= limit);
        prop_assert_eq!((ids[0], ids[ids.len() - 1]), (CLS, SEP));
    }
}
