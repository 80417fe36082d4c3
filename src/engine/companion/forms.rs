//! What the two heads whose output is a form may say.

use super::spans::spans;
use crate::companion::expression::Expression;
use crate::decoder::Form;

/// One of the 36 faces, or of those that are given.
pub fn expression(faces: impl IntoIterator<Item = Expression>) -> Form {
    let texts: Vec<String> = faces.into_iter().map(|face| face.to_string()).collect();
    Form::one_of(texts.iter().map(String::as_str))
}

/// Nothing, or `[key: value]` with one of the keys and a value that stands in the message;
/// `can_say` tells which characters the model has tokens for.
pub fn memory(keys: &[String], message: &str, can_say: impl Fn(char) -> bool) -> Form {
    let mut form = Form::new();
    form.end(form.start());
    let sayable = |text: &str| text.chars().all(&can_say);
    let values: Vec<&str> = spans(message)
        .into_iter()
        .filter(|span| sayable(span))
        .collect();
    if values.is_empty() {
        return form;
    }
    let value = form.place();
    for key in keys.iter().filter(|key| sayable(key)) {
        form.join(form.start(), &format!("[{key}: "), value);
    }
    let done = form.place();
    form.end(done);
    for span in values {
        let at = form.add(value, span);
        form.join(at, "]", done);
    }
    form
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::head::parse_item;
    use super::*;

    #[test]
    fn a_face_is_all_that_may_be_said() {
        let form = expression(Expression::all());
        assert!(Expression::all().all(|face| form.allows(&face.to_string())));
        for text in ["", "눈 크게", "눈 크게, 입 작게, 고개 돌림 없음"] {
            assert!(!form.allows(text), "{text}");
        }
    }

    #[test]
    fn a_memory_is_nothing_or_a_key_with_words_of_the_message() {
        let keys = ["이름".to_owned(), "오늘 식사".to_owned()];
        let form = memory(&keys, "나 김밥 먹었어", |_| true);
        for text in [
            "",
            "[이름: 나]",
            "[오늘 식사: 김밥]",
            "[오늘 식사: 김밥 먹]",
        ] {
            assert!(form.allows(text), "{text}");
        }
        for text in [
            "[취미: 김밥]",
            "[이름: 밥]",
            "[이름: 라면]",
            "[이름: ]",
            "[이름: 나",
            "나",
        ] {
            assert!(!form.allows(text), "{text}");
        }
        let mute = memory(&keys, "나 김밥 먹었어", |c| c != '밥');
        assert!(mute.allows("[이름: 김]") && !mute.allows("[오늘 식사: 김밥]"));
        let none = memory(&keys, "", |_| true);
        assert!(none.allows("") && none.is_over(none.start()));
    }

    proptest! {
        /// Any way through the form is nothing or one item whose value was said.
        #[test]
        fn every_way_through_is_a_memory(message in "[가나 a!\\[:]{0,20}", choices in prop::collection::vec(any::<u8>(), 80)) {
            let keys = ["이름".to_owned(), "이상형".to_owned()];
            let form = memory(&keys, &message, |_| true);
            let (mut at, mut said) = (form.start(), Vec::new());
            for choice in choices {
                let next: Vec<u8> = (0..=u8::MAX).filter(|byte| form.step(at, *byte).is_some()).collect();
                if next.is_empty() || (form.may_end(at) && choice % 8 == 0) {
                    break;
                }
                let byte = next[choice as usize % next.len()];
                said.push(byte);
                at = form.step(at, byte).unwrap();
            }
            if form.may_end(at) {
                let text = String::from_utf8(said).unwrap();
                if !text.is_empty() {
                    let (key, value) = parse_item(&text).unwrap();
                    prop_assert!(keys.iter().any(|known| known == key));
                    prop_assert!(message.contains(value));
                }
            }
        }
    }
}
